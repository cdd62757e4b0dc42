/** How one instance of the process engine lives and dies: its restart policy, its log, and strangers with its pid. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';
import { aloneIn } from '../../src/app/alone.ts';
import { startInstance } from '../../src/engine/process/process-life.ts';
import { readStanding } from '../../src/engine/process/process-record.ts';
import type { ProcessService } from '../../src/story/story.ts';
import { EngineError } from '../../src/terms/outcomes.ts';
import {
  makeStack,
  marked,
  markedInstances,
  type ProcessStack,
  service,
} from '../fixtures/process/stack.ts';
import { freePorts } from '../free-ports.ts';
import { eventually, rejection } from './contract.ts';

const isLinux = process.platform === 'linux';

/** Not its keeper, which bears the mark as well. */
const isServer = (pid: number) => readFileSync(`/proc/${pid}/comm`, 'latin1') !== 'sh\n';

describe('process engine: the life of an instance', function () {
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

  /** Up, with one instance of `web`. */
  async function up(changes: Partial<ProcessService>): Promise<ProcessStack> {
    const made = await make({ web: service(changes) });
    await made.engine.up();
    return made;
  }

  /** Started without the wait of `up`, for commands that end at once. */
  async function start(changes: Partial<ProcessService>): Promise<ProcessStack> {
    const made = await make({ web: service(changes) });
    await startInstance(
      made.stateDir,
      { id: 'web-1', service: 'web', number: 1, spec: service(changes) },
      { fresh: true, claim: async () => null },
    );
    return made;
  }

  it('is started once by many that want to start it at the same moment, each alone on it, and none of them fails', async () => {
    const made = await up({ port: await freePorts(1) });
    for (let round = 0; round < 3; round++) {
      await made.engine.perform('kill', await made.look('web-1'));
      const dead = await made.look('web-1');
      const engines = await Promise.all(Array.from({ length: 6 }, () => made.reopen()));
      const alone = aloneIn(made.folder);
      await Promise.all(
        engines.map((engine) => alone('web-1', () => engine.perform('start', dead))),
      );
      expect(await made.look('web-1')).to.include({ state: 'running' });
      expect(readStanding(made.stateDir, 'web-1')?.others).to.deep.equal([]);
      if (isLinux) expect(markedInstances(made.folder).filter(isServer)).to.have.length(1);
    }
  });

  describe('restart: always', () => {
    it('starts it again and again, with growing pauses, and counts', async () => {
      const made = await start({ command: ['sh', '-c', 'date +%s%3N; exit 3'], restart: 'always' });
      const lines = await eventually('it ran five times', async () => {
        const found = await made.engine.logs('web-1', 10);
        return found.length >= 5 && found;
      });
      if (isLinux) {
        const pauses = lines.slice(1, 5).map((line, index) => Number(line) - Number(lines[index]));
        for (const [index, atLeastMs] of [100, 200, 400, 800].entries())
          expect(pauses[index]).to.be.at.least(atLeastMs);
      }
      expect((await made.look('web-1')).restart_count).to.be.at.least(4);
      const now = await eventually('it waits', async () => {
        const found = await made.look('web-1');
        return found.state === 'restarting' && found;
      });
      expect(now).to.include({ exit_code: 3 });
    });

    it('does not act any more when the instance is killed while it waits', async () => {
      const made = await start({ command: ['sh', '-c', 'exit 3'], restart: 'always' });
      const waiting = await eventually('it waits', async () => {
        const found = await made.look('web-1');
        return found.state === 'restarting' && found.restart_count >= 2 && found;
      });
      await made.engine.perform('kill', waiting);
      expect(await made.look('web-1')).to.include({
        state: 'exited',
        started_at: waiting.started_at,
        exit_code: 3,
      });
      if (isLinux) expect(marked(made.folder)).to.deep.equal([]);
    });

    it('begins with the short pause again for an instance that is started again', async () => {
      const made = await start({ command: ['sh', '-c', 'exit 3'], restart: 'always' });
      const waiting = await eventually(
        'it waits',
        async () => (await made.look('web-1')).restart_count >= 2 && made.look('web-1'),
      );
      await made.engine.perform('kill', waiting);
      await made.engine.perform('start', waiting);
      expect((await made.look('web-1')).restart_count).to.be.below(2);
    });

    it('keeps only the records of the last runs', async () => {
      const made = await start({ command: ['sh', '-c', 'exit 3'], restart: 'always' });
      await eventually(
        'it ran five times',
        async () => (await made.look('web-1')).restart_count >= 4,
      );
      expect(
        readdirSync(readStanding(made.stateDir, 'web-1')?.generation?.folder ?? ''),
      ).to.have.length.below(9);
    });
  });

  it('kills a service that does not listen to SIGTERM, after it has been asked', async () => {
    const made = await up({
      port: await freePorts(1),
      health: { http: '/healthz' },
      env: { BEHAVIOUR: 'stubborn' },
      restart: 'always',
    });
    await made.engine.perform('stop', await made.look('web-1'));
    expect(await made.look('web-1')).to.include({ state: 'exited', exit_code: 137 });
    expect(await made.engine.logs('web-1', 1)).to.deep.equal(['SIGTERM ignored']);
  });

  it('asks a frozen service, too', async () => {
    const made = await up({ port: await freePorts(1), health: { http: '/healthz' } });
    await made.engine.perform('pause', await made.look('web-1'));
    await made.engine.perform('stop', await made.look('web-1'));
    expect(await made.look('web-1')).to.include({ state: 'exited', exit_code: 0 });
  });

  it('cannot freeze or thaw what is down', async () => {
    const made = await up({ command: ['sleep', '600'] });
    const target = await made.look('web-1');
    await made.engine.perform('kill', target);
    for (const operation of ['pause', 'unpause'] as const) {
      const error = await rejection(made.engine.perform(operation, target));
      expect(error)
        .to.be.instanceOf(EngineError)
        .with.property('message', `web-1 cannot be ${operation}d: it is exited.`);
    }
  });

  it('cannot start what is frozen, or what the story no longer has', async () => {
    const made = await up({ command: ['sleep', '600'] });
    const target = await made.look('web-1');
    await made.engine.perform('pause', target);
    expect(await rejection(made.engine.perform('start', target))).to.include({
      definite: true,
      message: 'web-1 cannot be started: it is paused.',
    });
    await made.engine.perform('kill', target);
    const edited = await made.reopen({ services: { api: service() } });
    const error = await rejection(edited.perform('start', target));
    expect(error).to.include({
      definite: true,
      message: 'web-1 cannot be started: the story has no service web any more.',
    });
    expect((await edited.list()).map(({ id }) => id)).to.deep.equal(['web-1']);
  });

  it('knows exit codes, also of what ended by itself', async () => {
    const made = await start({ command: ['sh', '-c', 'exit 42'] });
    const now = await eventually(
      'it has ended',
      async () => (await made.look('web-1')).state === 'exited' && made.look('web-1'),
    );
    expect(now).to.include({ exit_code: 42, restart_count: 0 });
    expect(Date.parse(now.finished_at ?? '')).to.be.at.least(Date.parse(now.started_at ?? ''));
  });

  it('never signals a stranger that has the pid of what ended', async () => {
    const made = await up({ command: ['sleep', '600'], restart: 'always' });
    const target = await made.look('web-1');
    const { keeper, folder } = readStanding(made.stateDir, 'web-1')?.generation ?? {};
    process.kill(keeper?.pid ?? 0, 'SIGKILL');
    process.kill(-(target.record.pid as number), 'SIGKILL');
    await eventually('it has ended', async () => (await made.look('web-1')).state === 'exited');
    const strangers = [1, 2].map(() =>
      spawn('sleep', ['600'], { stdio: 'ignore', detached: true }),
    );
    try {
      await Promise.all(strangers.map((stranger) => once(stranger, 'spawn')));
      for (const [index, name] of ['keeper', '1.command'].entries()) {
        const path = join(folder ?? '', name);
        writeFileSync(
          path,
          readFileSync(path, 'latin1').replace(/^\d+/, String(strangers[index]?.pid)),
        );
      }
      expect(await made.look('web-1')).to.include({ state: 'exited' });
      for (const operation of ['kill', 'stop', 'crash', 'pause', 'unpause'] as const) {
        const error = await rejection(made.engine.perform(operation, target));
        expect(error)
          .to.be.instanceOf(EngineError)
          .that.includes({ definite: true, reason: 'foreign_pid' });
        expect((error as EngineError).message).to.contain(String(strangers[1]?.pid));
      }
      await made.engine.perform('start', target);
      expect(await made.look('web-1')).to.include({ state: 'running' });
      await made.engine.down();
      for (const stranger of strangers) {
        expect([stranger.exitCode, stranger.signalCode]).to.deep.equal([null, null]);
        if (isLinux) expect(stateLetter(stranger.pid ?? 0)).to.equal('S');
      }
    } finally {
      for (const stranger of strangers) stranger.kill('SIGKILL');
    }
  });

  it('takes a stack down past a record that names a stranger', async () => {
    const made = await up({ command: ['sleep', '600'] });
    const { keeper, folder } = readStanding(made.stateDir, 'web-1')?.generation ?? {};
    process.kill(keeper?.pid ?? 0, 'SIGKILL');
    const stranger = spawn('sleep', ['600'], { stdio: 'ignore', detached: true });
    try {
      await once(stranger, 'spawn');
      const path = join(folder ?? '', '1.command');
      writeFileSync(path, readFileSync(path, 'latin1').replace(/^\d+/, String(stranger.pid)));
      await made.engine.down();
      expect([stranger.exitCode, stranger.signalCode]).to.deep.equal([null, null]);
      if (isLinux) expect(marked(made.folder)).to.deep.equal([]); // What really ran is found by its mark.
    } finally {
      stranger.kill('SIGKILL');
    }
  });

  describe('log', () => {
    it('goes on over a restart, is plain text, and is kept when the stack is down', async () => {
      const port = await freePorts(1);
      const made = await up({ port, health: { http: '/healthz' } });
      await made.engine.perform('kill', await made.look('web-1'));
      await made.engine.perform('start', await made.look('web-1'));
      const line = `listening for ${port}`;
      await eventually(
        'it has said it twice',
        async () => (await made.engine.logs('web-1', 5)).length === 2,
      );
      expect(await made.engine.logs('web-1', 5)).to.deep.equal([line, line]);
      expect(await made.engine.logs('web-1', 1)).to.deep.equal([line]);
      expect(await made.engine.logs('web-1', 0)).to.deep.equal([]);
      await made.engine.down();
      expect(await made.engine.logs('web-1', 1)).to.deep.equal([line]);
      expect(await made.engine.logs('../../etc/passwd', 1)).to.deep.equal([]);
      await made.engine.up();
      expect(await made.engine.logs('web-1', 5)).to.deep.equal([line]);
    });

    it('is cut to its tail on a start when it has grown over 8 MiB', async () => {
      const made = await up({ command: ['sh', '-c', 'echo started; exec sleep 600'] });
      const path = join(made.stateDir, 'web-1.log');
      appendFileSync(path, `${'x'.repeat(99)}\n`.repeat(90_000));
      appendFileSync(path, 'the last word\n');
      await made.engine.perform('kill', await made.look('web-1'));
      await made.engine.perform('start', await made.look('web-1'));
      await eventually(
        'it has started',
        async () => (await made.engine.logs('web-1', 1))[0] === 'started',
      );
      expect(await made.engine.logs('web-1', 2)).to.deep.equal(['the last word', 'started']);
      expect(statSync(path).size).to.be.below(100_000);
    });

    it('is found again after a mark, also when it has been cut or begun anew since', async () => {
      const made = await up({ command: ['sh', '-c', 'echo started; exec sleep 600'] });
      const path = join(made.stateDir, 'web-1.log');
      await eventually(
        'it has started',
        async () => (await made.engine.logs('web-1', 1))[0] === 'started',
      );
      appendFileSync(path, `${'x'.repeat(99)}\n`.repeat(90_000));
      const mark = await made.engine.logMark();
      appendFileSync(path, 'after the mark\n');
      await made.engine.perform('kill', await made.look('web-1'));
      await made.engine.perform('start', await made.look('web-1'));
      await eventually(
        'it was cut',
        async () => (await made.engine.logs('web-1', 1))[0] === 'started',
      );
      expect(statSync(path).size).to.be.below(100_000);
      expect(await made.engine.logs('web-1', 10, mark)).to.deep.equal([
        'after the mark',
        'started',
      ]);
      const later = await (await made.reopen()).logMark();
      await made.engine.down();
      await made.engine.up();
      await eventually(
        'it has started anew',
        async () => (await made.engine.logs('web-1', 9)).length === 1,
      );
      expect(await made.engine.logs('web-1', 10, later)).to.deep.equal(['started']);
    });

    it('gives whole lines of a long one', async () => {
      const made = await up({ command: ['sleep', '600'] });
      const path = join(made.stateDir, 'web-1.log');
      appendFileSync(
        path,
        Array.from({ length: 20_000 }, (_, index) => `line ${index}\tä\r\n`).join(''),
      );
      expect(await made.engine.logs('web-1', 2)).to.deep.equal(['line 19998 ä', 'line 19999 ä']);
    });
  });

  it('leaves no folder of an earlier start behind', async () => {
    const made = await up({ command: ['sleep', '600'] });
    for (let round = 0; round < 3; round++) {
      await made.engine.perform('kill', await made.look('web-1'));
      await made.engine.perform('start', await made.look('web-1'));
    }
    expect(
      readdirSync(join(made.stateDir, 'web-1')).filter((name) => name !== 'turn.lock'),
    ).to.have.length(1);
    expect(existsSync(join(made.stateDir, 'unfinished'))).to.equal(false);
  });
});

/** Of the process itself, from /proc. */
function stateLetter(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return stat.charAt(stat.lastIndexOf(')') + 2);
}
