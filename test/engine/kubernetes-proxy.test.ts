/** The way to a cluster, with a program in the place of kubectl: it ends with whoever started it, and says why it cannot be had. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { KubeApi } from '../../src/engine/kubernetes/kube-api.ts';
import { EngineError } from '../../src/terms/outcomes.ts';
import { until } from '../commands/cli.ts';
import { rejection } from './contract.ts';

const PROXY = fileURLToPath(new URL('../../src/engine/kubernetes/kube-api.ts', import.meta.url));

/** Answers on the socket; writes down its pid, its arguments, and every request with its body. */
const KUBECTL = `#!/usr/bin/env node
const { appendFileSync } = require('node:fs');
const http = require('node:http');
const say = (line) => appendFileSync(process.env.SAID, JSON.stringify(line) + '\\n');
say({ pid: process.pid, args: process.argv.slice(2), kubeconfig: process.env.KUBECONFIG ?? null });
if (process.env.REFUSE) { console.error(process.env.REFUSE); process.exit(1); }
const path = process.argv.find((each) => each.startsWith('--unix-socket=')).slice(14);
http.createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => (body += chunk));
  request.on('end', () => {
    const { method, url, headers } = request;
    say({ method, url, length: headers['content-length'] ?? null, body });
    const down = /^\\/down\\/(.*)/.exec(url);
    if (down) return response.writeHead(500, { 'Content-Type': 'text/plain' }).end(decodeURIComponent(down[1]));
    response.writeHead(url.includes('missing') ? 404 : 200, { 'Content-Type': 'application/json' });
    const [, from] = /continue=(\\d)/.exec(url) ?? [0, 0];
    response.end(JSON.stringify({ items: [Number(from)], metadata: from < 2 ? { continue: String(+from + 1) } : {} }));
  });
}).listen(path, () => console.log('Starting to serve on ' + path));
`;

describe('The way to a cluster', () => {
  let folder: string;
  let env: NodeJS.ProcessEnv;
  let api: KubeApi;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gameday-kubectl-test-'));
    writeFileSync(join(folder, 'kubectl'), KUBECTL);
    chmodSync(join(folder, 'kubectl'), 0o755);
    const PATH = [folder, process.env.PATH].join(delimiter);
    env = { ...process.env, PATH, SAID: join(folder, 'said') };
    api = make('staging');
  });

  afterEach(async () => {
    api.close();
    await until('kubectl to end', () => running().length === 0);
    rmSync(folder, { recursive: true, force: true });
  });

  const make = (context: string, kubeconfig: string | null = null) =>
    new KubeApi({ context, namespace: 'shop', kubeconfig }, env);
  const said = (): any[] =>
    readFileSync(join(folder, 'said'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  const running = () =>
    said().filter(({ pid }) => {
      try {
        return pid !== undefined && process.kill(pid, 0);
      } catch {
        return false;
      }
    });

  it('names the context, and leaves nothing when it is closed', async () => {
    expect(await api.read('/version')).to.have.property('items');
    const [{ args }] = said();
    expect(args).to.include.members(['proxy', '--context', 'staging']);
    const socket = args.find((each: string) => each.startsWith('--unix-socket=')).slice(14);
    expect(socket).to.match(/gameday-kubectl-/);
    api.close();
    await until('kubectl to end', () => running().length === 0);
    await until(
      'its folder to go',
      () => !readdirSync(tmpdir()).includes(socket.split('/').at(-2)),
    );
  });

  it('takes the kubeconfig that is named, and none in a pod of the cluster', async () => {
    api.close();
    api = make('staging', '/etc/other.conf');
    await api.look('/version');
    const inside = make('in-cluster');
    await inside.look('/version');
    inside.close();
    const [first, , second] = said();
    expect(first).to.include({ kubeconfig: '/etc/other.conf' });
    expect(second).to.include({ kubeconfig: '/dev/null' });
    expect(second.args).not.to.include('--context');
  });

  it('ends with a process that is killed by SIGKILL', async () => {
    const script = `const { KubeApi } = await import(${JSON.stringify(PROXY)});
      await new KubeApi({ context: 'staging', namespace: 'shop', kubeconfig: null }, process.env).look('/version');
      console.log('up'); setInterval(() => {}, 1000);`;
    const args = ['--input-type=module', '--eval', script];
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    expect(running()).to.have.length(1);
    child.kill('SIGKILL');
    await until('kubectl to end', () => running().length === 0);
  });

  it('is not begun by what is asked after its end', async () => {
    await api.look('/version');
    api.close();
    const late = [api.look('/version'), api.look('/version')];
    for (const each of late)
      expect(await rejection(each)).to.include({ code: 'engine_unreachable' });
    await until('kubectl to end', () => running().length === 0);
    expect(said().filter(({ args }) => args)).to.have.length(1);
  });

  it('is begun once where several ask at once', async () => {
    await Promise.all([api.look('/version'), api.look('/version'), api.look('/version')]);
    expect(said().filter(({ args }) => args)).to.have.length(1);
  });

  it('is found again when kubectl has died', async () => {
    await api.look('/version');
    process.kill(running()[0].pid, 'SIGKILL');
    await until('it to be over', () => running().length === 0);
    await until('an answer', async () => (await api.look('/version').catch(() => null))?.status);
    expect(running()).to.have.length(1);
  });

  it('says how long the body of a deletion is, or its preconditions would not count', async () => {
    const body = { preconditions: { uid: 'ü1' } };
    await api.change('kill of web-1', '/pods/web', { method: 'DELETE', body });
    const [, asked] = said();
    expect(asked).to.deep.include({
      method: 'DELETE',
      length: String(Buffer.byteLength(asked.body)),
    });
    expect(JSON.parse(asked.body)).to.deep.equal(body);
  });

  it('reads a list to its end', async () => {
    expect(await api.list('/pods')).to.deep.equal([0, 1, 2]);
    expect(await api.read('/missing')).to.equal(null);
  });

  it('tells what was surely not sent from what may have happened', async () => {
    const change = (why: string) =>
      rejection(
        api.change('kill of web-1', `/down/${encodeURIComponent(why)}`, { method: 'DELETE' }),
      );
    const refused = await change('dial tcp 10.0.0.1:6443: connect: connection refused');
    expect(refused).to.be.instanceOf(EngineError).and.include({ definite: true });
    expect((refused as Error).message).to.match(/context "staging".*was not asked for/);
    const token = await change(
      'getting credentials: exec: executable aws failed with exit code 255',
    );
    expect(token).to.include({ definite: true });
    const lost = await change('unexpected EOF');
    expect(lost).to.include({ definite: false, next: 'fault recover' });
    const look = await rejection(api.look('/down/unexpected%20EOF'));
    expect(look).to.include({ code: 'engine_unreachable' });
  });

  it('says what kubectl says where it cannot begin, and that there is none', async () => {
    env.REFUSE = 'error: context "staging" does not exist';
    const error = (await rejection(api.look('/version'))) as Error;
    expect(error).to.include({ code: 'engine_unreachable', next: 'kubectl config get-contexts' });
    expect(error.message).to.match(/cannot be reached: context "staging" does not exist/);
    rmSync(join(folder, 'kubectl'));
    env.PATH = folder;
    const none = (await rejection(make('staging').look('/version'))) as Error;
    expect(none.message).to.match(/there is no program kubectl/);
    expect(none)
      .to.have.property('next')
      .that.matches(/Install kubectl/);
  });
});
