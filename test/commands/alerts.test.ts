/**
 * Alerts that a fault must set off, with a real Prometheus and real Alertmanagers (Debian's packages): one rule on a stack of
 * processes, seen by every source, held against what Prometheus itself says of it.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { parseDuration } from '../../src/terms/duration.ts';
import { freePorts } from '../free-ports.ts';
import { events, expectExit, type Folder, gameday, makeFolder, SERVER, until } from './cli.ts';

/** Of the scrape and of the rule's evaluation. */
const EVERY_MS = 1000;

interface Item {
  name: string;
  state: string;
  measured: number | null;
  text: string;
}

describe('alerts, with a real Prometheus and Alertmanager', function () {
  this.timeout(150_000);
  const programs: ChildProcess[] = [];
  let folder: Folder;
  let exporter: Server;
  let prometheus: string;
  /** When Prometheus itself said, as it was asked every few milliseconds, that the alert fires, and that it no longer does. */
  const truth = { fired: 0, resolved: 0 };
  let watching = true;
  const at = () => ({ cwd: folder.path });

  const run = (program: string, args: string[]) => {
    programs.push(spawn(program, args, { stdio: 'ignore' }));
  };

  before(async function () {
    try {
      execFileSync('prometheus', ['--version'], { stdio: 'ignore' });
      execFileSync('prometheus-alertmanager', ['--version'], { stdio: 'ignore' });
    } catch (error) {
      if (process.env.GAMEDAY_REQUIRE_DOCKER) throw error;
      return this.skip();
    }
    folder = makeFolder({});
    const file = (name: string, text: string) => {
      writeFileSync(join(folder.path, name), text);
      return join(folder.path, name);
    };
    const first = await freePorts(6);
    const port = (index: number) => first + index;
    const [web, scraped, server] = [port(0), port(1), port(2)];
    const [manager, grafana, webhook] = [port(3), port(4), port(5)];
    exporter = createServer((_, response) => {
      const socket = connect(web, '127.0.0.1');
      const say = (alive: number) => {
        socket.destroy();
        if (!response.writableEnded) response.end(`web_alive ${alive}\n`);
      };
      socket.on('connect', () => say(1)).on('error', () => say(0));
    });
    await new Promise<void>((resolve) => exporter.listen(scraped, '127.0.0.1', resolve));
    const rules = file(
      'rules.yml',
      'groups: [ { name: shop, rules: [ { alert: WebGone, expr: web_alive == 0, labels: { severity: page, team: shop } }, { alert: NeverFires, expr: web_alive > 5 } ] } ]\n',
    );
    const config = file(
      'prometheus.yml',
      `global: { scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s }
rule_files: [ ${JSON.stringify(rules)} ]
scrape_configs: [ { job_name: shop, static_configs: [ { targets: [ "127.0.0.1:${scraped}" ] } ] } ]
alerting:
  alertmanagers:
    - static_configs: [ { targets: [ "127.0.0.1:${manager}" ] } ]
    - { path_prefix: /api/alertmanager/grafana, static_configs: [ { targets: [ "127.0.0.1:${grafana}" ] } ] }
`,
    );
    const routes = file(
      'alertmanager.yml',
      `route: { receiver: pager, group_wait: 0s, group_interval: 1s, repeat_interval: 1h }
receivers: [ { name: pager, webhook_configs: [ { url: "http://127.0.0.1:${webhook}/", send_resolved: true } ] } ]
`,
    );
    const silent = file(
      'silent.yml',
      'route: { receiver: nobody }\nreceivers: [ { name: nobody } ]\n',
    );
    prometheus = `http://127.0.0.1:${server}`;
    run('prometheus', [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder.path, 'data')}`,
      `--web.listen-address=127.0.0.1:${server}`,
      '--rules.alert.resend-delay=1s',
    ]);
    const alertmanager = (name: string, configured: string, port: number, more: string[]) =>
      run('prometheus-alertmanager', [
        `--config.file=${configured}`,
        `--storage.path=${join(folder.path, name)}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--cluster.listen-address=',
        ...more,
      ]);
    alertmanager('manager', routes, manager, []);
    // Grafana has an Alertmanager in it, with this prefix before the same API.
    alertmanager('grafana', silent, grafana, ['--web.route-prefix=/api/alertmanager/grafana']);
    const alert = (from: string, name = 'WebGone', within = '30s') =>
      `{ alert: { ${from}, name: ${name}, labels: { severity: page }, within: ${within} } }`;
    file(
      'gameday.yaml',
      `name: shop
engine: process
services: { web: { command: ${JSON.stringify(SERVER)}, port: ${web}, health: { http: /healthz } } }
chapters:
  - { title: Start }
  - title: Break
    on_deviation: continue
    hypothesis:
      - ${alert(`prometheus: "${prometheus}"`)}
      - ${alert(`alertmanager: "http://127.0.0.1:${manager}"`)}
      - ${alert(`grafana: "http://127.0.0.1:${grafana}"`)}
      - ${alert(`webhook: ${webhook}`)}
      - { alert: { prometheus: "${prometheus}", name: NeverFires, within: 3s } }
      - { alert: { alertmanager: "http://127.0.0.1:1", name: WebGone, within: 3s } }
    on_enter: [ { inject: { kind: kill, service: web, countdown: 0s, overrule: [last_healthy] } } ]
  - { title: Recovery, on_enter: [ { recover: all } ] }
  - { title: End }
`,
    );
    await expectExit(0, ['chapter', 'next'], at());
    await until('the first scrape', async () => (await query('web_alive')) === '1', 60_000);
  });
  after(async () => {
    watching = false;
    if (folder) await gameday(['chapter', 'reset'], at());
    for (const program of programs) {
      const ended = new Promise((resolve) => program.once('exit', resolve));
      program.kill('SIGKILL');
      await ended;
    }
    exporter?.close();
    exporter?.closeAllConnections();
    folder?.cleanup();
  });

  async function query(text: string): Promise<string | null> {
    const answer = await fetch(`${prometheus}/api/v1/query?query=${text}`).catch(() => null);
    const body = (await answer?.json()) as { data: { result: { value: [number, string] }[] } };
    return body?.data.result[0]?.value[1] ?? null;
  }

  async function fires(): Promise<boolean> {
    const answer = await fetch(`${prometheus}/api/v1/alerts`);
    const { data } = (await answer.json()) as {
      data: { alerts: { state: string; labels: { alertname: string } }[] };
    };
    return data.alerts.some(
      (each) => each.labels.alertname === 'WebGone' && each.state === 'firing',
    );
  }

  async function watchTruth(): Promise<void> {
    while (watching && truth.resolved === 0) {
      const now = await fires();
      if (now && truth.fired === 0) truth.fired = Date.now();
      if (!now && truth.fired > 0) truth.resolved = Date.now();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  const times = (type: string) =>
    Date.parse(events(folder.path).find((event) => event.type === type)?.at ?? '');
  const items = () =>
    events(folder.path).find(({ type }) => type === 'hypothesis.checked')?.items as Item[];

  it('measures when it fired within one scrape of the truth, whoever is asked', async () => {
    const watched = watchTruth();
    await expectExit(0, ['chapter', 'next'], at());
    await until('the alert', () => truth.fired > 0, 30_000);
    const shown = await expectExit(0, ['chapter', 'show', 'break', '--json'], at());
    expect(shown.json.judged, 'its fault is live').to.equal(null);
    // Until it has gone through the slowest of them, and the one that never fires is late.
    await new Promise((resolve) => setTimeout(resolve, 4 * EVERY_MS));
    await expectExit(0, ['chapter', 'next'], at());
    const tookMs = truth.fired - times('fault.injected');
    const [asked, managed, grafana, told] = items() as [Item, Item, Item, Item];
    for (const item of [asked, managed, grafana, told]) {
      expect(item, item.text).to.include({ state: 'met' });
      expect(item.name).to.match(/^alert WebGone\{severity=page\} from /);
      expect(item.text).to.match(/^fired .* after the fault/);
    }
    expect(asked.measured as number, 'of Prometheus').to.be.closeTo(tookMs, EVERY_MS);
    expect(managed.measured as number, 'of Alertmanager').to.be.closeTo(tookMs, 2 * EVERY_MS);
    expect(grafana.measured as number, 'of its kin').to.be.closeTo(tookMs, 2 * EVERY_MS);
    expect(told.measured as number, 'told to the webhook').to.be.closeTo(tookMs, 2 * EVERY_MS);
    await watched;
  });

  it('says of the alert that does not fire that it deviated, and of one that nobody can tell of why', () => {
    const [never, unknown] = items().slice(-2) as [Item, Item];
    expect(never).to.include({ state: 'deviated', text: 'did not fire within 3s' });
    expect(unknown.state).to.equal('not_measured');
    expect(unknown.text).to.match(
      /^not looked at for .*: http:\/\/127.0.0.1:1\/ refuses connections$/,
    );
  });

  it('goes on looking until it has resolved, and reports how long after the undo that was', async () => {
    await until('it to resolve', () => truth.resolved > 0, 30_000);
    const resolved = await until(
      'the report to know of it',
      async () => {
        const ended = await expectExit(
          0,
          ['story', 'report', '--format', 'json', '--output', '-'],
          at(),
        );
        const report = JSON.parse(ended.stdout) as { items: (Item & { kind: string })[] };
        const own = report.items.filter(({ kind }) => kind === 'hypothesis').slice(0, 3);
        return own.every(({ text }) => text.includes('resolved')) ? own : null;
      },
      60_000,
    );
    const undone = times('fault.recovering');
    const [, after = ''] = /resolved (.+?) after the undo/.exec(resolved[0]?.text ?? '') ?? [];
    expect(parseDuration(after.replaceAll(' ', ''))).to.be.closeTo(
      truth.resolved - undone,
      EVERY_MS,
    );
  });
});
