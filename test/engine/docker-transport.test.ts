import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { expect } from 'chai';
import { after, afterEach, before, describe, it } from 'mocha';
import type { ComposeEngine } from '../../src/engine/compose/compose.ts';
import { testDocker } from '../docker/docker.ts';
import { eventually } from './contract.ts';
import { closeAll, closeLater, forward, listen, makeKeys } from './docker-proxy.ts';
import { type DockerStack, find, inChild, makeDockerStack, refusal } from './docker-stack.ts';

const LABELS = ['keeper-1', 'web-1', 'web-2'];

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
  afterEach(closeAll);
  after(async () => {
    await stack?.cleanup();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  /** The engine by another way; an empty string takes a variable away. */
  async function openBy(env: NodeJS.ProcessEnv, allowRemote = false): Promise<ComposeEngine> {
    const engine = await stack.open({ env: { ...stack.env, ...env }, allowRemote });
    closeLater(() => engine.close());
    return engine;
  }

  async function killsAndStarts(engine: ComposeEngine): Promise<void> {
    expect((await engine.list()).map((row) => `${row.service}-${row.number}`)).to.deep.equal(
      LABELS,
    );
    const target = await find(engine, 'web-1');
    await engine.perform('kill', target);
    expect(await stack.engine.inspect(target.id)).to.include({
      state: 'exited',
      exit_code: 137,
      started_at: target.started_at,
    });
    await engine.perform('start', target);
    expect(await stack.engine.inspect(target.id)).to.include({ state: 'running' });
  }

  describe('over tcp', () => {
    it('works, on one connection that is kept', async () => {
      let connections = 0;
      const { port } = await listen(
        createServer((client) => {
          connections++;
          forward(client, socketPath);
        }),
      );
      const engine = await openBy({ DOCKER_HOST: `tcp://127.0.0.1:${port}` });
      await killsAndStarts(engine);
      expect(connections).to.equal(1);
      expect(await engine.describe()).to.match(
        new RegExp(`^\\w+ \\d+\\.\\S+ at tcp://127\\.0\\.0\\.1:${port}$`),
      );
    });

    it('refuses an engine on another machine unless that is allowed, without a word to it', async () => {
      const { next } = await refusal(
        openBy({ DOCKER_HOST: 'tcp://me:secret@192.0.2.1:2375' }),
        'remote_engine',
        /tcp:\/\/192\.0\.2\.1:2375/,
      );
      expect(next).to.include('--allow-remote');
    });
  });

  describe('over TLS', () => {
    before(function () {
      if (!hasKeys) this.skip();
    });

    async function listenTls(): Promise<string> {
      const read = (name: string) => readFileSync(join(keys, name));
      const options = {
        key: read('server-key.pem'),
        cert: read('server.pem'),
        ca: read('ca.pem'),
        requestCert: true,
        rejectUnauthorized: true,
      };
      const { port } = await listen(
        createTlsServer(options, (client) => forward(client, socketPath)),
      );
      return `tcp://127.0.0.1:${port}`;
    }

    it('works with the keys of DOCKER_CERT_PATH', async () => {
      const env = {
        DOCKER_HOST: await listenTls(),
        DOCKER_TLS_VERIFY: '1',
        DOCKER_CERT_PATH: join(keys, 'docker'),
      };
      await killsAndStarts(await openBy(env));
    });

    it('works with the keys of a context', async () => {
      const config = join(folder, 'tls-config');
      writeContext(config, 'shop', { Host: await listenTls() }, join(keys, 'docker'));
      await killsAndStarts(
        await openBy({ DOCKER_HOST: '', DOCKER_CONFIG: config, DOCKER_CONTEXT: 'shop' }),
      );
    });

    it('says what is wrong with keys that do not fit', async () => {
      const DOCKER_HOST = await listenTls();
      const strangers = join(folder, 'strangers');
      mkdirSync(strangers);
      await refusal(
        openBy({ DOCKER_HOST, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: strangers }),
        'engine_unreachable',
        /certificate/,
      );
      await refusal(
        openBy({ DOCKER_HOST, DOCKER_TLS: '1', DOCKER_CERT_PATH: strangers }),
        'engine_unreachable',
        /alert|closed|certificate/,
      );
      await refusal(
        openBy({ DOCKER_HOST }),
        'engine_unreachable',
        /cannot be talked to|closed|no Docker engine/,
      );
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
      return {
        DOCKER_HOST: 'ssh://ops@shop.example:2222',
        PATH: `${bin}:${stack.env.PATH}`,
        SAID: join(bin, 'said'),
      };
    }

    it('works where that is allowed, and shuts the log-in again', async () => {
      const env = writeSsh(
        `while [ "$1" != -- ]; do shift; done; shift 2; echo $$ >>"$SAID.pids"; DOCKER_HOST=${stack.docker.host} exec "$@"`,
      );
      await refusal(openBy(env), 'remote_engine', /ssh:\/\/shop\.example:2222/);
      expect(existsSync(env.SAID ?? '')).to.equal(false);
      const engine = await openBy(env, true);
      await killsAndStarts(engine);
      const said = readFileSync(env.SAID ?? '', 'utf8')
        .trim()
        .split('\n');
      expect(said).to.deep.equal([
        '-o ConnectTimeout=30 -T -l ops -p 2222 -- shop.example docker system dial-stdio',
      ]);
      const pid = Number(readFileSync(`${env.SAID}.pids`, 'utf8'));
      engine.close();
      await eventually('ssh has ended', () => !isAlive(pid));
    });

    it('says what ssh said', async () => {
      const env = writeSsh('echo "ops@shop.example: Permission denied (publickey)." >&2; exit 255');
      await refusal(
        openBy(env, true),
        'engine_unreachable',
        /exit code 255: ops@shop.example: Permission denied/,
      );
      await refusal(
        openBy({ ...env, PATH: folder }, true),
        'engine_unreachable',
        /ssh cannot be started/,
      );
    });

    it('keeps no process from ending that has forgotten to close it', async () => {
      const env = writeSsh(
        `while [ "$1" != -- ]; do shift; done; shift 2; DOCKER_HOST=${stack.docker.host} exec "$@"`,
      );
      await inChild(
        stack,
        `const engine = await open({ allowRemote: true }); console.log((await engine.list()).length);`,
        { ...stack.env, ...env },
      );
    });
  });

  it('keeps no process from ending', async () => {
    expect(
      await inChild(
        stack,
        'const engine = await open(); console.log((await engine.list()).length);',
        stack.env,
      ),
    ).to.equal('3');
    expect(
      await inChild(
        stack,
        'const engine = await open(); await engine.list(); engine.close(); console.log(1);',
        stack.env,
      ),
    ).to.equal('1');
  });
});

function writeContext(config: string, name: string, docker: object, keys?: string): void {
  const digest = createHash('sha256').update(name).digest('hex');
  const meta = join(config, 'contexts', 'meta', digest);
  mkdirSync(meta, { recursive: true });
  writeFileSync(
    join(meta, 'meta.json'),
    JSON.stringify({ Name: name, Metadata: {}, Endpoints: { docker } }),
  );
  if (!keys) return;
  const tls = join(config, 'contexts', 'tls', digest, 'docker');
  mkdirSync(tls, { recursive: true });
  for (const key of ['ca.pem', 'cert.pem', 'key.pem'])
    writeFileSync(join(tls, key), readFileSync(join(keys, key)));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
