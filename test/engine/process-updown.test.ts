/** Bringing a stack of processes up and down: what is an error and says so, what is left alone, and what is written where. */

import { randomUUID } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';
import type { ProcessService } from '../../src/story/story.ts';
import { EngineError } from '../../src/terms/outcomes.ts';
import { makeStack, marked, type ProcessStack, service } from '../fixtures/process/stack.ts';
import { freePorts } from '../free-ports.ts';
import { eventually, rejection } from './contract.ts';

describe('process engine: up and down', function () {
  this.timeout(60_000);
  let stack: ProcessStack | null = null;

  afterEach(async () => {
    await stack?.cleanup();
    stack = null;
  });

  async function make(services: Record<string, ProcessService>): Promise<ProcessStack> {
    stack = await makeStack(services);
    return stack;
  }

  async function failure(made: ProcessStack): Promise<EngineError> {
    const error = await rejection(made.engine.up());
    expect(error).to.be.instanceOf(EngineError).with.property('definite', true);
    expect(await made.engine.list()).to.deep.equal([]);
    await eventually('nothing of it is left', () => marked(made.folder).length === 0);
    return error as EngineError;
  }

  it('lists nothing and has nothing to end before it is up', async () => {
    const { engine, stateDir } = await make({ web: service() });
    expect(await engine.list()).to.deep.equal([]);
    await engine.down();
    expect(existsSync(stateDir)).to.equal(false);
  });

  it('takes another port of its own where somebody took it between the choice and the start', async () => {
    const port = await freePorts(1);
    // The first start says where it was to listen, waits until somebody else does, and ends as a program does that cannot.
    const script = `const fs = require('node:fs'), net = require('node:net'), { PORT, FIRST } = process.env;
      if (fs.existsSync(FIRST)) net.createServer().listen(Number(PORT), '127.0.0.1');
      else {
        fs.writeFileSync(FIRST, PORT);
        const look = () => net.connect(Number(PORT), '127.0.0.1').on('connect', () => process.exit(1)).on('error', () => setTimeout(look, 20));
        look();
      }`;
    const first = join(tmpdir(), `first-${randomUUID()}`);
    const command = [process.execPath, '-e', script];
    const made = await make({ web: service({ command, port, env: { FIRST: first } }) });
    const other = createServer();
    const up = made.engine.up();
    await eventually(
      'the first start has its port',
      () => existsSync(first) && readFileSync(first, 'utf8') !== '',
    );
    other.listen(Number(readFileSync(first, 'utf8')), '127.0.0.1');
    try {
      await up;
      expect((await made.engine.list()).map(({ state }) => state)).to.deep.equal(['running']);
    } finally {
      other.close();
      rmSync(first);
    }
  });

  it('is up when health checks are met, and gives each replica its port, its number and its environment', async () => {
    const port = await freePorts(2);
    const made = await make({
      web: service({ replicas: 2, port, health: { http: '/healthz' }, env: { GREETING: 'hello' } }),
    });
    await made.engine.up();
    expect((await made.engine.list()).map(({ id, health }) => `${id} ${health}`)).to.deep.equal([
      'web-1 healthy',
      'web-2 healthy',
    ]);
    for (const number of [1, 2]) {
      const answer = await fetch(`http://127.0.0.1:${port + number - 1}/`);
      expect(await answer.text()).to.equal(`web ${number}\n`);
    }
    const { pid } = (await made.look('web-1')).record;
    if (process.platform === 'linux')
      expect(readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')).to.include('GREETING=hello');
  });

  it('leaves what is up alone, and starts only what the story has more', async () => {
    const made = await make({ web: service({ command: ['sleep', '600'], replicas: 2 }) });
    await made.engine.up();
    const before = await made.look('web-1');
    await made.engine.up();
    expect(await made.look('web-1')).to.deep.equal(before);
    const more = await made.reopen({
      services: { web: service({ command: ['sleep', '600'], replicas: 3 }) },
    });
    await more.up();
    expect(await made.states()).to.deep.equal(['web-1 running', 'web-2 running', 'web-3 running']);
    expect(await made.look('web-1')).to.deep.equal(before);
  });

  it('does not revive what a fault keeps down', async () => {
    const made = await make({ web: service({ command: ['sleep', '600'], replicas: 2 }) });
    await made.engine.up();
    await made.engine.perform('kill', await made.look('web-1'));
    await made.engine.up();
    expect(await made.states()).to.deep.equal(['web-1 exited', 'web-2 running']);
  });

  it('ends everything, also what is down, frozen, or no longer in the story, and does it twice', async () => {
    const sleep = service({ command: ['sleep', '600'] });
    const made = await make({ old: sleep, web: { ...sleep, replicas: 3 } });
    await made.engine.up();
    await made.engine.perform('kill', await made.look('web-1'));
    await made.engine.perform('pause', await made.look('web-2'));
    const edited = await made.reopen({ services: { web: sleep } });
    await edited.down();
    expect(await made.engine.list()).to.deep.equal([]);
    await eventually('nothing is left', () => marked(made.folder).length === 0);
    await edited.down();
  });

  it('runs twenty instances, and ends seven of them without touching the others', async () => {
    const made = await make({ web: service({ command: ['sleep', '600'], replicas: 20 }) });
    await made.engine.up();
    const rows = await made.engine.list();
    expect(rows.map(({ number }) => number)).to.deep.equal(
      Array.from({ length: 20 }, (_, index) => index + 1),
    );
    const all = await Promise.all(rows.map(({ id }) => made.look(id)));
    await Promise.all(all.slice(0, 7).map((target) => made.engine.perform('kill', target)));
    expect((await made.engine.list()).filter(({ state }) => state === 'exited')).to.have.length(7);
    for (const target of all.slice(7)) expect(await made.look(target.id)).to.deep.equal(target);
  });

  it('says what a command that does not exist is called, and who wanted it', async () => {
    const { message, next } = await failure(
      await make({ web: service({ command: ['no-such-program', '--flag'] }) }),
    );
    expect(message).to.match(/^web-1 \(no-such-program\) ended at once with exit code 127\./);
    expect(message).to.match(/no-such-program: not found/);
    expect(next).to.match(/`services\.web`.*web-1\.log/);
  });

  it('shows the last lines of what ends at once, and takes the others down again', async () => {
    const broken = service({
      command: ['sh', '-c', 'echo first; echo "no such database" >&2; exit 3'],
    });
    const { message } = await failure(
      await make({ good: service({ command: ['sleep', '600'] }), web: broken }),
    );
    expect(message).to.equal(
      'web-1 (sh) ended at once with exit code 3.\nIts last lines:\n  first\n  no such database',
    );
  });

  it('does not take a restart for being up', async () => {
    const { message } = await failure(
      await make({ web: service({ command: ['sh', '-c', 'exit 4'], restart: 'always' }) }),
    );
    expect(message).to.match(/ended at once with exit code \d+.*It wrote nothing/);
  });

  it('gives up on a service that is never well', async () => {
    const made = await make({
      web: service({
        port: await freePorts(1),
        health: { http: '/healthz' },
        env: { BEHAVIOUR: 'sick' },
      }),
    });
    const error = await rejection((await made.reopen({ healthyWithinMs: 1000 })).up());
    expect(error).to.be.instanceOf(EngineError);
    expect((error as EngineError).message).to.match(
      /^web-1 .* was not healthy within 1 s\.\nIts last lines:\n {2}listening for \d+$/,
    );
    expect(await made.engine.list()).to.deep.equal([]);
  });

  it('names the port that somebody else has, and touches nothing', async () => {
    const port = await freePorts(2);
    const made = await make({ web: service({ replicas: 2, port, health: { http: '/healthz' } }) });
    for (const host of ['127.0.0.1', undefined]) {
      const other = createServer();
      await new Promise<void>((resolve) => other.listen(port + 1, host, resolve));
      try {
        const { message, next } = await failure(made);
        expect(message).to.equal(`web-2 cannot be started: port ${port + 1} is taken.`);
        expect(next)
          .to.contain(`lsof -i :${port + 1}`)
          .and.to.contain('`services.web.port`');
        expect(other.listening).to.equal(true);
      } finally {
        other.close();
      }
    }
    await made.engine.up();
    const killed = await made.look('web-1');
    await made.engine.perform('kill', killed);
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
    try {
      const error = await rejection(made.engine.perform('start', killed));
      expect(error).to.include({
        definite: true,
        message: `web-1 cannot be started: port ${port} is taken.`,
      });
    } finally {
      other.close();
    }
    await made.engine.perform('start', killed);
  });

  it('names a folder that is missing', async () => {
    const { message, next } = await failure(
      await make({ web: service({ working_dir: '/nowhere/at/all' }) }),
    );
    expect(message).to.equal('web-1 cannot be started: there is no folder /nowhere/at/all.');
    expect(next).to.contain('`services.web.working_dir`');
  });

  it('says that a command is too long for the system', async () => {
    const { message } = await failure(
      await make({ web: service({ command: ['true', 'x'.repeat(4_000_000)] }) }),
    );
    expect(message).to.equal('web-1 could not be started: E2BIG.');
  });

  it('refuses a state folder that cannot be written', async function () {
    if (process.platform !== 'linux') return this.skip();
    const made = await make({ web: service({ command: ['sleep', '600'] }) });
    // Nobody can make a folder there, root included.
    const error = await rejection((await made.reopen({ stateDir: '/sys/gameday' })).up());
    expect(error).to.include({ code: 'state_unwritable' });
  });

  it('gives up when told to, with nothing left running', async () => {
    const made = await make({
      web: service({
        port: await freePorts(1),
        health: { http: '/healthz' },
        env: { BEHAVIOUR: 'sick' },
      }),
    });
    const controller = new AbortController();
    const reason = new Error('enough');
    const ended = rejection(made.engine.up(controller.signal));
    await eventually('it runs', async () =>
      (await made.engine.list()).some(({ state }) => state === 'running'),
    );
    controller.abort(reason);
    expect(await ended).to.equal(reason);
    expect(await made.engine.list()).to.deep.equal([]);
    await eventually('nothing is left', () => marked(made.folder).length === 0);
  });

  it('writes no value of the environment and no argument anywhere, and nothing that others can read', async () => {
    const [secret, argument] = [randomUUID(), randomUUID()];
    const made = await make({
      web: service({
        command: ['sh', '-c', 'exec sleep 600', argument],
        env: { PASSWORD: secret },
        restart: 'always',
      }),
    });
    await made.engine.up();
    await made.engine.perform('crash', await made.look('web-1'));
    await eventually('it is back', async () => (await made.look('web-1')).restart_count === 1);
    await made.engine.perform('kill', await made.look('web-1'));
    const paths = readdirSync(join(made.folder, '.gameday'), { recursive: true }).map((name) =>
      join(made.folder, '.gameday', String(name)),
    );
    expect(paths).to.have.length.above(5);
    for (const path of [join(made.folder, '.gameday'), ...paths]) {
      const stat = lstatSync(path);
      expect(stat.mode & 0o077, path).to.equal(0);
      if (!stat.isFile()) continue;
      const text = readFileSync(path, 'latin1');
      expect(text.includes(secret) || text.includes(argument), path).to.equal(false);
    }
  });

  it('gives the command the umask of the user', async () => {
    const made = await make({ web: service({ command: ['sh', '-c', 'umask; exec sleep 600'] }) });
    const before = process.umask(0o027);
    try {
      await made.engine.up();
    } finally {
      process.umask(before);
    }
    expect(await made.engine.logs('web-1', 5)).to.deep.equal(['0027']);
  });
});
