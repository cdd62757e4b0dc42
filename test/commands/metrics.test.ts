/** `workload start --metrics`: what a real Prometheus scrapes of a real load, also after the watchdog was killed. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';
import { hasPrometheus, type Prometheus, startPrometheus } from '../fixtures/prometheus.ts';
import { freePorts } from '../free-ports.ts';
import { events, expectExit, foldersOfATest, until } from './cli.ts';
import { loadStory } from './load-story.ts';

const CHAPTERS = `
  - { title: Load, on_enter: [ { workload: start } ] }
  - { title: End }
`;
const KILL = ['fault', 'inject', 'kill', 'web-1', '--countdown', '0', '--force'];

/** Of the dashboard in examples/, but for that of the live faults, which has nothing to find yet. */
function dashboardQueries(): string[] {
  const path = new URL('../../examples/grafana/dashboard.json', import.meta.url);
  const { panels } = JSON.parse(readFileSync(path, 'utf8'));
  const queries = panels.flatMap(({ targets }: any) => targets.map(({ expr }: any) => expr));
  expect(queries).to.have.length.above(6);
  return queries;
}

describe('--metrics', function () {
  this.timeout(180_000);
  const folder = foldersOfATest();
  let prometheus: Prometheus | null = null;
  afterEach(async () => {
    await prometheus?.close();
    prometheus = null;
  });
  const stack = async (extra = '') =>
    folder({ 'gameday.yaml': await loadStory(CHAPTERS, extra) }).path;
  const text = async (address: string) => (await fetch(`http://${address}/metrics`)).text();
  const value = (page: string, series: string) =>
    Number(
      page
        .split('\n')
        .find((line) => line.startsWith(`${series} `))
        ?.split(' ')[1],
    );

  it('has rates, latencies and live faults, as Prometheus reads them, as long as the workload lives', async function () {
    if (!hasPrometheus()) this.skip();
    const cwd = await stack();
    const address = `127.0.0.1:${await freePorts(1)}`;
    await expectExit(0, ['workload', 'start', '--metrics', address], { cwd });
    const page = await until('the first windows', async () => {
      const now = await text(address);
      return value(now, 'gameday_operations_total{result="ok"}') > 60 ? now : null;
    });
    execFileSync('promtool', ['check', 'metrics'], { input: page });
    expect(value(page, 'gameday_live_faults')).to.equal(0);
    expect(value(page, 'gameday_operations_per_second')).to.be.within(40, 80);
    const scraping = await startPrometheus(address);
    prometheus = scraping;
    const seen = async (query: string) => (await scraping.query(query).catch(() => []))[0]?.value;
    await until('the rate in Prometheus', async () => {
      const rate = await seen('rate(gameday_operations_total{result="ok"}[5s])');
      return rate !== undefined && rate > 40 && rate < 80;
    });
    const p99 = await seen(
      'histogram_quantile(0.99, rate(gameday_operation_duration_seconds_bucket[30s]))',
    );
    expect(p99).to.be.within(0, 2);

    for (const expr of dashboardQueries())
      expect(await scraping.query(expr), expr).to.not.have.length(0);

    await expectExit(0, KILL, { cwd });
    await until('the fault in Prometheus', async () => (await seen('gameday_live_faults')) === 1);
    const [fault] = await scraping.query('gameday_fault');
    expect(fault?.metric).to.include({ fault: 'f1', kind: 'kill', targets: 'web-1' });
    await until('the errors in Prometheus', async () => {
      const refused = await seen('gameday_operations_total{result="refused"}');
      return refused !== undefined && refused > 0;
    });
    await expectExit(0, ['fault', 'recover'], { cwd });
    await until('the recovery', async () => (await seen('gameday_live_faults')) === 0);
    await expectExit(0, ['workload', 'stop'], { cwd });
    await until('its end', async () =>
      text(address).then(
        () => false,
        () => true,
      ),
    );
  });

  it('stands in the story, too, and is served again by the next watchdog', async () => {
    const address = `127.0.0.1:${await freePorts(1)}`;
    const cwd = await stack(`metrics: ${address}`);
    await expectExit(0, ['chapter', 'next'], { cwd });
    expect(events(cwd).find(({ type }) => type === 'workload.started')).to.include({
      metrics: address,
    });
    await until('the page', () => text(address).catch(() => null));
    const { pid } = JSON.parse(readFileSync(join(cwd, '.gameday/runs/r1/watchdog.json'), 'utf8'));
    process.kill(pid, 'SIGKILL');
    await expectExit(0, KILL, { cwd });
    const page = await until('the page of the next one', () => text(address).catch(() => null));
    expect(value(page, 'gameday_live_faults')).to.equal(1);
    expect(page).to.include('gameday_run_info{run="r1",story="shop",chapter="load"} 1');
  });

  it('a port that is taken is said before anything begins; what is no address, too', async () => {
    const cwd = await stack();
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as { port: number };
    try {
      const start = ['workload', 'start', '--metrics'];
      const refused = await expectExit(2, [...start, `127.0.0.1:${port}`, '--json'], { cwd });
      expect(refused.json.error.message).to.include('nothing can listen there: EADDRINUSE');
      await expectExit(2, [...start, '9464'], { cwd });
      expect(() => events(cwd), 'no run has begun').to.throw(/ENOENT/);
    } finally {
      taken.close();
    }
  });
});
