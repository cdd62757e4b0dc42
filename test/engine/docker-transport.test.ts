import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createConnection, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { after, afterEach, before, describe, it } from 'mocha';
import { DockerApi } from '../../src/engine/docker-api.ts';
import { findDockerEndpoint } from '../../src/engine/docker-connection.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { EngineError, Refusal } from '../../src/story/outcomes.ts';
import { testDocker } from '../docker/docker.ts';
import { eventually, rejection } from './contract.ts';
import { type DockerStack, find, makeDockerStack } from './docker-stack.ts';

const run = promisify(execFile);
const LABELS = ['keeper-1', 'web-1', 'web-2'];

/** Everything that a test opened, closed again in `afterEach`. */
const opened: (() => unknown)[] = [];

async function listen(server: Server, at: string | number = 0): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  });
  opened.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  await once(typeof at === 'string' ? server.listen(at) : server.listen(at, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

/** Between a client and the engine. `onData` sees what the client sends, before it goes on. */
function forward(client: Socket, socketPath: string, onData: (text: string, client: Socket, engine: Socket) => void = () => {}): void {
  const engine = createConnection(socketPath);
  client.on('data', (data) => onData(data.toString('latin1'), client, engine));
  client.pipe(engine).pipe(client);
  for (const [one, other] of [
    [client, engine],
    [engine, client],
  ] as const) {
    one.on('error', () => other.destroy());
    one.on('close', () => other.destroy());
  }
}

describe('the way to the Docker engine', function () {
  this.timeout(120_000);
  let stack: DockerStack;
  let socketPath: string;
  let folder: string;
  let keys: string;
  /** False on a machine without openssl. */
  let hasKeys: boolean;

  before(async function () {
    const docker = await testDocker();
    if (!docker?.host.startsWith('unix://')) return this.skip();
    stack = await makeDockerStack(docker, 'contract');
    socketPath = docker.host.slice('unix://'.length);
    folder = mkdtempSync(join(tmpdir(), 'gameday-way-'));
    keys = join(folder, 'keys');
    hasKeys = await makeKeys(keys);
  });
  afterEach(() => {
    for (const close of opened.splice(0).reverse()) close();
  });
  after(async () => {
    await stack?.cleanup();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  /** The engine by another way; an empty string takes a variable away. */
  async function openBy(env: NodeJS.ProcessEnv, allowRemote = false): Promise<Engine> {
    const engine = await stack.open({ env: { ...stack.env, ...env }, allowRemote });
    opened.push(() => engine.close());
    return engine;
  }

  async function killsAndStarts(engine: Engine): Promise<void> {
    expect((await engine.list()).map((row) => `${row.service}-${row.number}`)).to.deep.equal(LABELS);
    const target = await find(engine, 'web-1');
    await engine.perform('kill', target);
    expect(await stack.engine.inspect(target.id)).to.include({ state: 'exited', exit_code: 137, started_at: target.started_at });
    await engine.perform('start', target);
    expect(await stack.engine.inspect(target.id)).to.include({ state: 'running' });
  }

  async function refusal(promise: Promise<unknown>, code: string, words: RegExp): Promise<Refusal> {
    const error = await rejection(promise);
    expect(error).to.be.instanceOf(Refusal);
    expect(error as Refusal).to.include({ code });
    expect((error as Refusal).message).to.match(words);
    expect((error as Refusal).next).not.to.equal('');
    return error as Refusal;
  }

  describe('over tcp', () => {
    it('works, on one connection that is kept', async () => {
      let connections = 0;
      const port = await listen(
        createServer((client) => {
          connections++;
          forward(client, socketPath);
        }),
      );
      const engine = await openBy({ DOCKER_HOST: `tcp://127.0.0.1:${port}` });
      await killsAndStarts(engine);
      expect(connections).to.equal(1);
      expect(await engine.describe()).to.match(new RegExp(`^\\w+ \\d+\\.\\S+ at tcp://127\\.0\\.0\\.1:${port}$`));
    });

    it('refuses an engine on another machine unless that is allowed, without a word to it', async () => {
      const { next } = await refusal(openBy({ DOCKER_HOST: 'tcp://me:secret@192.0.2.1:2375' }), 'remote_engine', /tcp:\/\/192\.0\.2\.1:2375/);
      expect(next).to.include('--allow-remote');
    });
  });

  describe('over TLS', () => {
    before(function () {
      if (!hasKeys) this.skip();
    });

    async function listenTls(): Promise<string> {
      const read = (name: string) => readFileSync(join(keys, name));
      const options = { key: read('server-key.pem'), cert: read('server.pem'), ca: read('ca.pem'), requestCert: true, rejectUnauthorized: true };
      return `tcp://127.0.0.1:${await listen(createTlsServer(options, (client) => forward(client, socketPath)))}`;
    }

    it('works with the keys of DOCKER_CERT_PATH', async () => {
      const env = { DOCKER_HOST: await listenTls(), DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: join(keys, 'docker') };
      await killsAndStarts(await openBy(env));
    });

    it('works with the keys of a context', async () => {
      const config = join(folder, 'tls-config');
      writeContext(config, 'shop', { Host: await listenTls() }, join(keys, 'docker'));
      await killsAndStarts(await openBy({ DOCKER_HOST: '', DOCKER_CONFIG: config, DOCKER_CONTEXT: 'shop' }));
    });

    it('says what is wrong with keys that do not fit', async () => {
      const DOCKER_HOST = await listenTls();
      const strangers = join(folder, 'strangers');
      mkdirSync(strangers);
      await refusal(openBy({ DOCKER_HOST, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: strangers }), 'engine_unreachable', /certificate/);
      await refusal(openBy({ DOCKER_HOST, DOCKER_TLS: '1', DOCKER_CERT_PATH: strangers }), 'engine_unreachable', /alert|broke off|certificate/);
      await refusal(openBy({ DOCKER_HOST }), 'engine_unreachable', /cannot be talked to|broke off|no Docker engine/);
    });
  });

  describe('through a context', () => {
    it('is the current one of the configuration folder', async () => {
      const config = join(folder, 'config');
      writeContext(config, 'here', { Host: `unix://${socketPath}` });
      writeFileSync(join(config, 'config.json'), JSON.stringify({ currentContext: 'here' }));
      const engine = await openBy({ DOCKER_HOST: '', DOCKER_CONFIG: config });
      expect(await engine.list()).to.deep.equal(await stack.engine.list());
    });
  });

  describe('over ssh', () => {
    /** A stand-in for ssh and the machine behind it: it writes its words down and runs the command here. The rest is real. */
    function writeSsh(script: string): NodeJS.ProcessEnv {
      const bin = mkdtempSync(join(folder, 'ssh-'));
      writeFileSync(join(bin, 'ssh'), `#!/bin/sh\necho "$@" >>${bin}/said\n${script}\n`);
      chmodSync(join(bin, 'ssh'), 0o755);
      return { DOCKER_HOST: 'ssh://ops@shop.example:2222', PATH: `${bin}:${stack.env.PATH}`, SAID: join(bin, 'said') };
    }

    it('works where that is allowed, and shuts the log-in again', async () => {
      const env = writeSsh(`while [ "$1" != -- ]; do shift; done; shift 2; echo $$ >>"$SAID.pids"; DOCKER_HOST=${stack.docker.host} exec "$@"`);
      await refusal(openBy(env), 'remote_engine', /ssh:\/\/shop\.example:2222/);
      expect(existsSync(env.SAID ?? '')).to.equal(false);
      const engine = await openBy(env, true);
      await killsAndStarts(engine);
      const said = readFileSync(env.SAID ?? '', 'utf8')
        .trim()
        .split('\n');
      expect(said).to.deep.equal(['-o ConnectTimeout=30 -T -l ops -p 2222 -- shop.example docker system dial-stdio']);
      const pid = Number(readFileSync(`${env.SAID}.pids`, 'utf8'));
      engine.close();
      await eventually('ssh has ended', () => !isAlive(pid));
    });

    it('says what ssh said', async () => {
      const env = writeSsh('echo "ops@shop.example: Permission denied (publickey)." >&2; exit 255');
      await refusal(openBy(env, true), 'engine_unreachable', /exit code 255: ops@shop.example: Permission denied/);
      await refusal(openBy({ ...env, PATH: folder }, true), 'engine_unreachable', /ssh cannot be started/);
    });

    it('keeps no process from ending that has forgotten to close it', async () => {
      const env = writeSsh(`while [ "$1" != -- ]; do shift; done; shift 2; DOCKER_HOST=${stack.docker.host} exec "$@"`);
      await inChild(`const engine = await open({ allowRemote: true }); console.log((await engine.list()).length);`, { ...stack.env, ...env });
    });
  });

  it('keeps no process from ending', async () => {
    expect(await inChild('const engine = await open(); console.log((await engine.list()).length);', stack.env)).to.equal('3');
    expect(await inChild('const engine = await open(); await engine.list(); engine.close(); console.log(1);', stack.env)).to.equal('1');
  });

  describe('when there is no engine', () => {
    it('says so where there is no socket', async () => {
      await refusal(openBy({ DOCKER_HOST: `unix://${folder}/none.sock` }), 'engine_unreachable', /No Docker engine.*does not exist/);
    });

    it('says so where nobody listens', async () => {
      const path = join(folder, 'dead.sock');
      const child = spawn(process.execPath, ['-e', `require('net').createServer().listen(${JSON.stringify(path)}, () => console.log(1))`]);
      await once(child.stdout, 'data');
      child.kill('SIGKILL');
      await once(child, 'close');
      await refusal(openBy({ DOCKER_HOST: `unix://${path}` }), 'engine_unreachable', /No Docker engine.*nobody listens/);
    });

    it('says so to a user without rights on the socket', async function () {
      if (process.getuid?.() !== 0) return this.skip();
      const said = await inChild(
        `process.setgroups([]); process.setgid(65534); process.setuid(65534);
         await open().catch((error) => console.log(JSON.stringify({ code: error.code, message: error.message, next: error.next })));`,
        stack.env,
      );
      const error = JSON.parse(said);
      expect(error.code).to.equal('engine_unreachable');
      expect(error.message).to.match(/No rights/);
      expect(error.next).to.match(/usermod -aG docker/);
    });

    it('says so where something else answers', async () => {
      const web = await listen(createHttpServer((_, response) => response.end('hello')));
      await refusal(openBy({ DOCKER_HOST: `tcp://127.0.0.1:${web}` }), 'engine_unreachable', /no Docker engine/);
      const forbidden = await listen(createHttpServer((_, response) => response.writeHead(403).end('{"message":"go away"}')));
      await refusal(openBy({ DOCKER_HOST: `tcp://127.0.0.1:${forbidden}` }), 'engine_unreachable', /403: go away/);
      const noise = await listen(createServer((client) => client.end('SSH-2.0-OpenSSH_9.2\r\n')));
      await refusal(openBy({ DOCKER_HOST: `tcp://127.0.0.1:${noise}` }), 'engine_unreachable', /cannot be talked to/);
    });
  });

  describe('when the engine fails midway', () => {
    it('a deed that reached it and was not answered may have happened', async () => {
      // The kill goes on to the real engine, and then the connection breaks.
      const port = await listen(
        createServer((client) =>
          forward(client, socketPath, (text, _, engine) => {
            if (/^POST \S*\/kill/.test(text)) engine.write(text, () => setImmediate(() => client.resetAndDestroy()));
          }),
        ),
      );
      const engine = await openBy({ DOCKER_HOST: `tcp://127.0.0.1:${port}` });
      const target = await find(engine, 'web-2');
      const error = await rejection(engine.perform('kill', target));
      expect(error).to.be.instanceOf(EngineError).with.property('definite', false);
      expect((error as EngineError).message).to.match(/kill of web-2 may have happened/);
      expect((error as EngineError).next).to.equal('fault recover');
      await eventually('it was killed all the same', async () => (await stack.engine.inspect(target.id))?.state === 'exited');
      await stack.engine.perform('start', target);
    });

    it('a deed that could not be sent surely did not happen', async () => {
      const server = createServer((client) => forward(client, socketPath));
      const engine = await openBy({ DOCKER_HOST: `tcp://127.0.0.1:${await listen(server)}` });
      const target = await find(engine, 'web-2');
      opened.pop();
      opened.pop()?.(); // The engine is gone, and its connections with it.
      // A connection that has just broken looks whole for a moment; what is sent on it may have got through.
      await eventually('the break is seen', async () => /nobody listens/.test(((await rejection(engine.list())) as Error).message));
      for (const operation of ['kill', 'stop', 'crash', 'start'] as const) {
        const error = await rejection(engine.perform(operation, target));
        expect(error, operation).to.be.instanceOf(EngineError).with.property('definite', true);
        expect((error as EngineError).message).to.match(/nobody listens/);
      }
      engine.close();
      expect(await stack.engine.inspect(target.id)).to.deep.equal(target);
    });

    // A real engine cannot be told to hang, so the next ones have stand-ins that answer a ping as an engine does, and then act up.
    const PONG = 'HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nServer: Docker/20.10.0 (linux)\r\nContent-Length: 2\r\n';

    async function openApi(onRequest: (text: string, client: Socket) => void, pong = `${PONG}\r\nOK`): Promise<DockerApi> {
      const server = createServer((client) =>
        client.on('data', (data) => (data.toString().includes('/_ping') ? client.write(pong) : onRequest(data.toString(), client))),
      );
      const env = { DOCKER_HOST: `tcp://127.0.0.1:${await listen(server)}` };
      const api = await DockerApi.open(findDockerEndpoint(env), env);
      opened.push(() => api.close());
      return api;
    }

    it('a deed is not waited for without end', async () => {
      const api = await openApi(() => {});
      const error = await rejection(api.change('kill of web-1', '/containers/x/kill', { timeoutMs: 100 }));
      expect(error).to.be.instanceOf(EngineError).with.property('definite', false);
      expect((error as EngineError).message).to.match(/does not answer: nothing came back within 0.1 s\. The kill of web-1 may have happened/);
    });

    it('an answer that breaks off counts as none', async () => {
      const api = await openApi((_, client) => client.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"a":', () => client.destroy()));
      expect(await rejection(api.change('kill of web-1', '/', { timeoutMs: 5000 }))).to.have.property('definite', false);
      expect(await rejection(api.read('/info')))
        .to.be.instanceOf(Refusal)
        .with.property('code', 'engine_unreachable');
    });

    it('a look is not waited for without end', async () => {
      const port = await listen(createServer(() => {}));
      await refusal(openBy({ DOCKER_HOST: `tcp://127.0.0.1:${port}` }), 'engine_unreachable', /does not answer: nothing came back within 5 s/);
    });

    it('a deed whose connection hangs before it can be sent surely did not happen', async function () {
      if (!hasKeys) return this.skip();
      let calls = 0;
      const tls = createTlsServer({ key: readFileSync(join(keys, 'server-key.pem')), cert: readFileSync(join(keys, 'server.pem')) }, (client) =>
        client.on('data', () => client.end(`${PONG}Connection: close\r\n\r\nOK`)),
      );
      const tlsPort = await listen(tls);
      // The second connection is taken, and then nobody shakes hands.
      const port = await listen(
        createServer((client) => {
          if (calls++ > 0) return;
          const inner = createConnection(tlsPort, '127.0.0.1');
          client.pipe(inner).pipe(client);
        }),
      );
      const env = { DOCKER_HOST: `tcp://127.0.0.1:${port}`, DOCKER_TLS: '1', DOCKER_CERT_PATH: folder };
      const api = await DockerApi.open(findDockerEndpoint(env), env);
      opened.push(() => api.close());
      const error = await rejection(api.change('kill of web-1', '/containers/x/kill', { timeoutMs: 200 }));
      expect(error).to.be.instanceOf(EngineError).with.property('definite', true);
      expect((error as EngineError).message).to.match(/was not asked for/);
    });

    it('is asked in its own newest version, or in the newest that we know', async () => {
      for (const [its, asked] of [
        ['1.41', '1.41'],
        ['1.44', '1.44'],
        ['1.999', '1.55'],
      ]) {
        const paths: string[] = [];
        const api = await openApi(
          (text, client) => {
            paths.push(text.split(' ')[1] ?? '');
            client.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}');
          },
          `${PONG}\r\nOK`.replace('1.41', its as string),
        );
        await api.read('/info');
        expect(paths).to.deep.equal([`/v${asked}/info`]);
      }
    });
  });

  /** Runs `script` in a process of its own, with `open` at hand; resolves to what it printed when it has ended by itself. */
  async function inChild(script: string, env: NodeJS.ProcessEnv): Promise<string> {
    const module = join(import.meta.dirname, '..', '..', 'src', 'engine', 'compose.ts');
    const options = JSON.stringify({ cwd: stack.folder, files: [], project: stack.project, profiles: [], allowRemote: false });
    const source = `const { openComposeEngine } = await import(${JSON.stringify(module)});
      const open = (options = {}) => openComposeEngine({ ...${options}, ...options });\n${script}`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', source], { env, timeout: 30_000 });
    return stdout.trim();
  }
});

/** Makes a certificate authority, keys of a server and of a client, and `docker/` as DOCKER_CERT_PATH wants it; false without openssl. */
async function makeKeys(keys: string): Promise<boolean> {
  if ((await run('openssl', ['version']).catch(() => null)) === null) return false;
  mkdirSync(keys);
  const openssl = (...args: string[]) => run('openssl', args, { cwd: keys });
  const request = ['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-batch'];
  await openssl(...request, '-x509', '-days', '2', '-subj', '/CN=test ca', '-keyout', 'ca-key.pem', '-out', 'ca.pem');
  writeFileSync(join(keys, 'names'), 'subjectAltName=IP:127.0.0.1');
  for (const name of ['server', 'client']) {
    await openssl(...request, '-subj', `/CN=${name}`, '-keyout', `${name}-key.pem`, '-out', `${name}.csr`);
    const sign = ['-CA', 'ca.pem', '-CAkey', 'ca-key.pem', '-CAcreateserial', '-days', '2', '-extfile', 'names'];
    await openssl('x509', '-req', '-in', `${name}.csr`, ...sign, '-out', `${name}.pem`);
  }
  mkdirSync(join(keys, 'docker'));
  for (const [from, to] of [
    ['ca', 'ca'],
    ['client', 'cert'],
    ['client-key', 'key'],
  ])
    writeFileSync(join(keys, 'docker', `${to}.pem`), readFileSync(join(keys, `${from}.pem`)));
  return true;
}

function writeContext(config: string, name: string, docker: object, keys?: string): void {
  const digest = createHash('sha256').update(name).digest('hex');
  const meta = join(config, 'contexts', 'meta', digest);
  mkdirSync(meta, { recursive: true });
  writeFileSync(join(meta, 'meta.json'), JSON.stringify({ Name: name, Metadata: {}, Endpoints: { docker } }));
  if (!keys) return;
  const tls = join(config, 'contexts', 'tls', digest, 'docker');
  mkdirSync(tls, { recursive: true });
  for (const key of ['ca.pem', 'cert.pem', 'key.pem']) writeFileSync(join(tls, key), readFileSync(join(keys, key)));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
