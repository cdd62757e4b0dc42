/** What a real collector of OpenTelemetry takes of a run: its trace, its traced requests, its metrics. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, before, describe, it } from 'mocha';
import { expectExit, foldersOfATest, until } from '../commands/cli.ts';
import { loadStory } from '../commands/load-story.ts';
import { freePorts } from '../free-ports.ts';

const CHAPTERS = `
  - { title: Load, on_enter: [ { workload: start }, { wait: 3s } ] }
  - { title: Break, on_enter: [ { inject: { kind: kill, service: web-1, countdown: 0s } }, { wait: 3s }, { recover: all } ] }
  - { title: End }
`;

/** Names and labels of all series, without those that a collector adds. */
function seriesOf(page: string): Set<string> {
  const lines = page.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Set(
    lines.map((line) => {
      const [, name, labels = ''] = /^([a-z_]+)(?:\{(.*)\})? /.exec(line) as RegExpExecArray;
      // The same number may be written in two ways.
      const plain = labels.replace(/le="([\d.e-]+)"/, (_, end) => `le="${Number(end)}"`);
      const own = plain.split(/,(?=[a-z_]+=)/).filter((label) => !/^(otel_|job=)/.test(label));
      return `${name} ${own.filter(Boolean).sort().join(',')}`;
    }),
  );
}

describe('a collector of OpenTelemetry', function () {
  this.timeout(180_000);
  const folder = foldersOfATest();
  const ends: (() => Promise<unknown>)[] = [];
  let program: string;
  before(function () {
    this.timeout(1_600_000);
    program = execFileSync('bash', [join(import.meta.dirname, 'program.sh')], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    }).trim();
  });
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });

  /** OTLP over HTTP at `port`; the metrics as a page at `port + 1`. `spans`: all that came so far. */
  async function collector() {
    const own = mkdtempSync(join(tmpdir(), 'gameday-collector-'));
    const port = await freePorts(2);
    const [out, config] = [join(own, 'out.ndjson'), join(own, 'config.yaml')];
    writeFileSync(
      config,
      `receivers: { otlp: { protocols: { http: { endpoint: "127.0.0.1:${port}" } } } }
exporters:
  file: { path: ${out}, flush_interval: 100ms }
  prometheus: { endpoint: "127.0.0.1:${port + 1}" }
service:
  telemetry: { metrics: { level: none }, logs: { level: warn } }
  pipelines:
    traces: { receivers: [otlp], exporters: [file] }
    metrics: { receivers: [otlp], exporters: [prometheus] }
`,
    );
    const child = spawn(program, ['--config', config], { stdio: 'inherit' });
    ends.push(async () => {
      const ended = child.exitCode === null ? once(child, 'exit') : null;
      child.kill('SIGKILL');
      await ended;
      rmSync(own, { recursive: true, force: true });
    });
    const page = `http://127.0.0.1:${port + 1}/metrics`;
    const read = async () => (await fetch(page)).text();
    await until('the collector', () =>
      read()
        .catch(() => null)
        .then((text) => text !== null),
    );
    const lines = () =>
      existsSync(out) ? readFileSync(out, 'utf8').split('\n').filter(Boolean) : [];
    return {
      url: `http://127.0.0.1:${port}`,
      read,
      spans: () =>
        lines()
          .flatMap((line) => JSON.parse(line).resourceSpans as any[])
          .flatMap(({ scopeSpans }) => scopeSpans.flatMap((each: any) => each.spans as any[])),
    };
  }

  it('has the run as one trace, requests that lead to it, and the metrics that Prometheus is served', async () => {
    const { url, read, spans } = await collector();
    const metrics = `127.0.0.1:${await freePorts(1)}`;
    const telemetry = `metrics: ${metrics}\ntelemetry: { endpoint: "${url}", trace_requests: 5/s }`;
    const cwd = folder({ 'gameday.yaml': await loadStory(CHAPTERS, telemetry) }).path;
    await expectExit(0, ['chapter', 'next'], { cwd });
    await expectExit(0, ['chapter', 'next'], { cwd });
    const served = await (await fetch(`http://${metrics}/metrics`)).text();
    const collected = await until('the end of the fault', async () => {
      const page = await read();
      const phases = page.split('\n').filter((line) => line.startsWith('gameday_fault{'));
      return phases.length > 0 && phases.every((line) => line.endsWith(' 0')) ? page : null;
    });
    const known = [...seriesOf(collected)];
    for (const series of seriesOf(served)) expect(known, series).to.include(series);
    expect(collected).to.match(/^gameday_live_faults\{.*\} 0$/m);

    await expectExit(0, ['chapter', 'reset'], { cwd });
    const root = await until('the run', () => spans().find(({ name }) => name === 'run shop'));
    const own = spans().filter(({ traceId }) => traceId === root.traceId);
    expect(own.map(({ name }) => name)).to.include.members([
      'chapter Load',
      'chapter Break',
      'fault kill web-1',
      'recovery of f1',
    ]);
    const requests = spans().filter(({ name }) => name === 'GET');
    expect(requests).to.have.length.above(10);
    for (const { links, kind } of requests) {
      expect(kind).to.equal(3);
      expect(links[0]).to.include({ traceId: root.traceId, spanId: root.spanId });
    }
  });
});
