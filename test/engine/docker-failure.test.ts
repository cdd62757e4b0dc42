import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { expect } from 'chai';
import { after, afterEach, before, describe, it } from 'mocha';
import type { ComposeEngine } from '../../src/engine/compose/compose.ts';
import { DockerApi } from '../../src/engine/docker/docker-api.ts';
import { findDockerEndpoint } from '../../src/engine/docker/docker-connection.ts';
import { EngineError, Refusal } from '../../src/terms/outcomes.ts';
import { testDocker } from '../docker/docker.ts';
import { eventually, rejection } from './contract.ts';
import { closeAll, closeLater, forward, listen, makeKeys } from './docker-proxy.ts';
import { type DockerStack, find, inChild, makeDockerStack, refusal } from './docker-stack.ts';

describe('a Docker engine that fails', function () {
  this.timeout(120_000);
  let stack: DockerStack;
  let socketPath: string;
  let folder: string;

  before(async function () {
    const docker = await testDocker();
    if (!docker?.host.startsWith('unix://')) return this.skip();
    stack = await makeDockerStack(docker, 'contract');
    socketPath = docker.host.slice('unix://'.length);
    folder = mkdtempSync(join(tmpdir(), 'gameday-fails-'));
  });
  afterEach(closeAll);
  after(async () => {
    await stack?.cleanup();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  async function openBy(env: NodeJS.ProcessEnv): Promise<ComposeEngine> {
    const engine = await stack.open({ env: { ...stack.env, ...env } });
    closeLater(() => engine.close());
    return engine;
  }

  describe('when there is no engine', () => {
    it('says so where there is no socket', async () => {
      await refusal(
        openBy({ DOCKER_HOST: `unix://${folder}/none.sock` }),
        'engine_unreachable',
        /No Docker engine.*does not exist/,
      );
    });

    it('says so where nobody listens', async () => {
      const path = join(folder, 'dead.sock');
      const child = spawn(process.execPath, [
        '-e',
        `require('net').createServer().listen(${JSON.stringify(path)}, () => console.log(1))`,
      ]);
      await once(child.stdout, 'data');
      child.kill('SIGKILL');
      await once(child, 'close');
      await refusal(
        openBy({ DOCKER_HOST: `unix://${path}` }),
        'engine_unreachable',
        /No Docker engine.*nobody listens/,
      );
    });

    it('says so to a user without rights on the socket', async function () {
      if (process.getuid?.() !== 0) return this.skip();
      const said = await inChild(
        stack,
        `becomeNobody(); await open().catch((error) => console.log(JSON.stringify({ code: error.code, message: error.message, next: error.next })));`,
        stack.env,
      );
      const error = JSON.parse(said);
      expect(error.code).to.equal('engine_unreachable');
      expect(error.message).to.match(/Permission denied/);
      expect(error.next).to.match(/usermod -aG docker/);
    });

    it('says so where something else answers', async () => {
      const { port: web } = await listen(createHttpServer((_, response) => response.end('hello')));
      await refusal(
        openBy({ DOCKER_HOST: `tcp://127.0.0.1:${web}` }),
        'engine_unreachable',
        /no Docker engine/,
      );
      const { port: forbidden } = await listen(
        createHttpServer((_, response) => response.writeHead(403).end('{"message":"go away"}')),
      );
      await refusal(
        openBy({ DOCKER_HOST: `tcp://127.0.0.1:${forbidden}` }),
        'engine_unreachable',
        /403: go away/,
      );
      const { port: noise } = await listen(
        createServer((client) => client.end('SSH-2.0-OpenSSH_9.2\r\n')),
      );
      await refusal(
        openBy({ DOCKER_HOST: `tcp://127.0.0.1:${noise}` }),
        'engine_unreachable',
        /cannot be talked to/,
      );
    });
  });

  describe('when the engine fails midway', () => {
    it('a deed that reached it and was not answered may have happened', async () => {
      // The kill goes on to the real engine, and then the connection breaks.
      const { port } = await listen(
        createServer((client) =>
          forward(client, socketPath, (text, engine) => {
            if (/^POST \S*\/kill/.test(text))
              engine.write(text, () => setImmediate(() => client.resetAndDestroy()));
          }),
        ),
      );
      const engine = await openBy({ DOCKER_HOST: `tcp://127.0.0.1:${port}` });
      const target = await find(engine, 'web-2');
      const error = await rejection(engine.perform('kill', target));
      expect(error).to.be.instanceOf(EngineError).with.property('definite', false);
      expect((error as EngineError).message).to.match(/kill of web-2 may have happened/);
      expect((error as EngineError).next).to.equal('fault recover');
      await eventually(
        'it was killed all the same',
        async () => (await stack.engine.inspect(target.id))?.state === 'exited',
      );
      await stack.engine.perform('start', target);
    });

    it('a deed that could not be sent surely did not happen', async () => {
      const { port, close } = await listen(createServer((client) => forward(client, socketPath)));
      const engine = await openBy({ DOCKER_HOST: `tcp://127.0.0.1:${port}` });
      const target = await find(engine, 'web-2');
      close(); // The engine is gone, and its connections with it.
      // A connection that has just broken looks whole for a moment; what is sent on it may have got through.
      await eventually('the break is seen', async () =>
        /nobody listens/.test(((await rejection(engine.list())) as Error).message),
      );
      for (const operation of ['kill', 'stop', 'crash', 'start'] as const) {
        const error = await rejection(engine.perform(operation, target));
        expect(error, operation).to.be.instanceOf(EngineError).with.property('definite', true);
        expect((error as EngineError).message).to.match(/nobody listens/);
      }
      expect(await engine.services()).to.deep.equal(['keeper', 'web']); // By the files alone, without a word of complaint.
      engine.close();
      expect(await stack.engine.inspect(target.id)).to.deep.equal(target);
    });

    // A real engine cannot be told to hang, so the next ones have stand-ins that answer a ping as an engine does, and then act up.
    const PONG =
      'HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nServer: Docker/20.10.0 (linux)\r\nContent-Length: 2\r\n';

    async function openApi(
      onRequest: (text: string, client: Socket) => void,
      pong = `${PONG}\r\nOK`,
    ): Promise<DockerApi> {
      const server = createServer((client) =>
        client.on('data', (data) =>
          data.toString().includes('/_ping')
            ? client.write(pong)
            : onRequest(data.toString(), client),
        ),
      );
      const { port } = await listen(server);
      const env = { DOCKER_HOST: `tcp://127.0.0.1:${port}` };
      const api = await DockerApi.open(findDockerEndpoint(env), env);
      closeLater(() => api.close());
      return api;
    }

    it('a deed is not waited for without end', async () => {
      const api = await openApi(() => {});
      const error = await rejection(
        api.change('kill of web-1', '/containers/x/kill', { timeoutMs: 100 }),
      );
      expect(error).to.be.instanceOf(EngineError).with.property('definite', false);
      expect((error as EngineError).message).to.match(
        /does not answer: nothing came back within 0.1 s\. The kill of web-1 may have happened/,
      );
    });

    it('an answer that breaks off counts as none', async () => {
      const api = await openApi((_, client) =>
        client.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"a":', () => client.destroy()),
      );
      expect(
        await rejection(api.change('kill of web-1', '/', { timeoutMs: 5000 })),
      ).to.have.property('definite', false);
      expect(await rejection(api.read('/info')))
        .to.be.instanceOf(Refusal)
        .with.property('code', 'engine_unreachable');
    });

    it('a look is not waited for without end', async () => {
      const { port } = await listen(createServer(() => {}));
      await refusal(
        openBy({ DOCKER_HOST: `tcp://127.0.0.1:${port}` }),
        'engine_unreachable',
        /does not answer: nothing came back within 5 s/,
      );
    });

    it('a deed whose connection hangs before it can be sent surely did not happen', async function () {
      const keys = join(folder, 'keys');
      if (!(await makeKeys(keys))) return this.skip();
      let calls = 0;
      const tls = createTlsServer(
        {
          key: readFileSync(join(keys, 'server-key.pem')),
          cert: readFileSync(join(keys, 'server.pem')),
        },
        (client) => client.on('data', () => client.end(`${PONG}Connection: close\r\n\r\nOK`)),
      );
      const { port: tlsPort } = await listen(tls);
      // The second connection is taken, and then nobody shakes hands.
      const { port } = await listen(
        createServer((client) => {
          if (calls++ > 0) return;
          const inner = createConnection(tlsPort, '127.0.0.1');
          client.pipe(inner).pipe(client);
        }),
      );
      const env = {
        DOCKER_HOST: `tcp://127.0.0.1:${port}`,
        DOCKER_TLS: '1',
        DOCKER_CERT_PATH: folder,
      };
      const api = await DockerApi.open(findDockerEndpoint(env), env);
      closeLater(() => api.close());
      const error = await rejection(
        api.change('kill of web-1', '/containers/x/kill', { timeoutMs: 200 }),
      );
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
});
