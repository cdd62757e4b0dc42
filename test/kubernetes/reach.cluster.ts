/** A load and probes by the name that a Service has in the cluster: through a way of ours, told apart from what it leads to. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, afterEach, before, describe, it } from 'mocha';
import type { Window } from '../../src/impact/windows.ts';
import { readWindows, SAMPLES_FILE } from '../../src/workload/index.ts';
import { expectExit, until } from '../commands/cli.ts';
import { served } from '../commands/served.ts';
import { apply, CONTEXT, clusterEnv, openShop, pods, SHOP } from './cluster.ts';

const HOST = `web.${SHOP}.svc`;

describe('a load by the name of a Service', function () {
  this.timeout(240_000);
  let cwd: string;
  let at: { cwd: string; env: NodeJS.ProcessEnv };

  before(async () => {
    await openShop();
    await apply(`
apiVersion: v1
kind: Service
metadata: { name: web, namespace: ${SHOP} }
spec: { selector: { app: web }, ports: [{ port: 8080, targetPort: 80 }] }
---
apiVersion: v1
kind: Service
metadata: { name: store, namespace: ${SHOP} }
spec: { clusterIP: None, selector: { app: store }, ports: [{ port: 80 }] }
`);
    cwd = mkdtempSync(join(tmpdir(), 'gameday-reach-'));
    const TMPDIR = mkdtempSync(join(tmpdir(), 'gameday-reach-tmp-'));
    at = { cwd, env: { ...clusterEnv(), TMPDIR } };
  });

  afterEach(async () => {
    await served(['chapter', 'reset'], at);
    await until('no way to be left', async () => forwards().length === 0);
    rmSync(join(cwd, '.gameday'), { recursive: true, force: true });
  });

  after(async () => {
    if (!cwd) return;
    rmSync(cwd, { recursive: true, force: true });
    rmSync(at.env.TMPDIR as string, { recursive: true, force: true });
  });

  const ok = (...args: string[]) => expectExit(0, args, at);

  function story(url: string): void {
    const cluster = `{ context: ${CONTEXT}, namespace: ${SHOP} }`;
    writeFileSync(
      join(cwd, 'gameday.yaml'),
      `
name: shop
engine: kubernetes
kubernetes: ${cluster}
workload: { kind: http, url: "${url}", rate: 10/s, timeout: 10s }
steady_state:
  - probe: { name: web, http: "${url}", interval: 500ms }
chapters:
  - title: Welcome
  - title: Look
    on_enter: [{ probe: { http: "${url}", retry_for: 20s } }]
`,
    );
  }

  /** Process ids of our ways, by whose folder for temporary files. */
  function forwards(): number[] {
    const lines = execFileSync('ps', ['-A', '-o', 'pid=,args='], { encoding: 'utf8' }).split('\n');
    return lines
      .filter(
        (line) =>
          /^\s*\d+ kubectl port-forward /.test(line) && line.includes(` --namespace ${SHOP} `),
      )
      .map((line) => Number.parseInt(line, 10));
  }

  function windows(): Window[] {
    return readWindows(join(cwd, '.gameday', 'runs', 'r1', SAMPLES_FILE), 0);
  }

  const sum = (of: readonly Window[], figure: (window: Window) => number) =>
    of.reduce((total, window) => total + figure(window), 0);
  const failed = (window: Window) =>
    Object.values(window.errors).reduce((total, count) => total + count, window.timeouts);
  const answered = (since: number) =>
    until('it to be answered', async () => {
      const latest = windows().filter((window) => window.at > since && window.ok > 0);
      return latest.length >= 4 ? latest : null;
    });

  it('reaches the pods that are ready, one after the other, and so do the probes', async () => {
    story(`http://${HOST}:8080/`);
    await ok('workload', 'start');
    const measured = await answered(0);
    expect(sum(measured, failed)).to.equal(0);
    expect(forwards()).to.have.length(3);
    await ok('chapter', 'next');
    await ok('chapter', 'next');
    await ok('workload', 'stop');
  });

  it('a pod that is gone is left out, and the one in its place is taken', async () => {
    story(`http://${HOST}:8080/`);
    await ok('workload', 'start');
    await answered(0);
    const before = Date.now();
    await ok('fault', 'inject', 'kill', 'web-1', '--countdown', '0');
    await ok('fault', 'recover');
    const since = Date.now();
    const measured = await answered(since);
    expect(sum(measured, failed)).to.equal(0);
    const all = windows().filter((window) => window.at > before);
    expect(sum(all, (window) => window.ok)).to.be.above(10);
    await ok('workload', 'stop');
  });

  it('where all pods are gone it is the stack that fails, and not the way', async () => {
    story(`http://store.${SHOP}.svc/`);
    await ok('workload', 'start');
    await answered(0);
    const before = Date.now();
    await ok(
      'fault',
      'inject',
      'scale',
      'store',
      '--to',
      '0',
      '--countdown',
      '0',
      '--overrule',
      'last_healthy,max_unavailable',
    );
    const lost = await until('errors to be counted', async () => {
      const found = windows().filter((window) => window.at > before && failed(window) > 0);
      return found.length >= 4 ? found : null;
    });
    expect(sum(lost, failed)).to.be.above(0);
    await ok('fault', 'recover');
    await answered(Date.now());
    await ok('workload', 'stop');
  });

  it('a way that is cut while the pods are ready is a gap, and no error of theirs', async () => {
    story(`http://${HOST}:8080/`);
    await ok('workload', 'start');
    await answered(0);
    const before = Date.now();
    for (const pid of forwards()) process.kill(pid, 'SIGKILL');
    const measured = await answered(before + 1000);
    const since = windows().filter((window) => window.at > before - 1000);
    expect(sum(since, failed), 'errors').to.equal(0);
    const gaps = since.slice(1).map((each, index) => {
      const last = since[index] as Window;
      return each.at - (last.at + last.dt_ms);
    });
    expect(Math.max(...gaps), 'the longest time that nobody measured').to.be.above(200);
    expect(measured.length).to.be.above(0);
    await ok('workload', 'stop');
  });

  it('says what is wrong with a Service that is not there', async () => {
    story(`http://nobody.${SHOP}.svc/`);
    const ended = await served(['workload', 'start'], at);
    const said = `${ended.stdout}${ended.stderr}`;
    const told = await until('it to be said', async () => {
      const watched = await served(['workload', 'watch', '--once'], at);
      const all = `${said}${watched.stdout}${watched.stderr}`;
      return /no way to port 80 of the Service nobody in shop: there is none/.test(all);
    });
    expect(told).to.equal(true);
  });

  it('story init drafts one, where nothing is published, and it plays', async () => {
    rmSync(join(cwd, 'gameday.yaml'), { force: true });
    await ok('story', 'init', '--context', CONTEXT, '--namespace', SHOP);
    expect(readFileSync(join(cwd, 'gameday.yaml'), 'utf8')).to.contain(`url: http://${HOST}:8080/`);
    await ok('story', 'check');
    for (let times = 1; times <= 7; times++) await ok('chapter', 'next');
    expect((await pods(SHOP)).filter(({ app }) => app === 'web')).to.have.length.above(2);
    expect(sum(windows(), (window) => window.ok)).to.be.above(10);
  });
});
