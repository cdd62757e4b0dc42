/**
 * Commands that die in the middle. Real processes run `up`, `down`, `kill` and `stop` and get SIGKILL at random instants,
 * or lose their terminal; whatever is then left must be recorded, be as it was, and end with the next `down`.
 */

import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';
import {
  FIXTURES,
  makeStack,
  marked,
  type ProcessStack,
  service,
  startCommand,
} from '../fixtures/process/stack.ts';
import { freePorts } from '../free-ports.ts';
import { eventually } from './contract.ts';

const NOBODY = 65_534;
const sleep = service({ command: ['sleep', '600'] });

describe('process engine: commands that die', function () {
  this.timeout(120_000);
  let stack: ProcessStack | null = null;

  afterEach(async () => {
    await stack?.cleanup();
    stack = null;
  });

  async function make(...args: Parameters<typeof makeStack>): Promise<ProcessStack> {
    stack = await makeStack(...args);
    return stack;
  }

  const nothingLeft = (made: ProcessStack) =>
    eventually('no process is left', () => marked(made.folder).length === 0);

  describe('SIGKILL during up', () => {
    for (let round = 1; round <= 12; round++)
      it(`leaves nothing that is not recorded, and nothing after down: round ${round}`, async function () {
        if (process.platform !== 'linux') return this.skip();
        const made = await make({
          web: { ...sleep, replicas: 6 },
          keeper: { ...sleep, replicas: 3, restart: 'always' },
        });
        const command = await startCommand({ options: made.options, do: ['up'] });
        // The instants of a start lie in the first tenth of a second; the later ones wait until it has settled.
        const afterMs = Math.random() * (round % 4 === 0 ? 1000 : 120);
        await delay(afterMs);
        command.child.kill('SIGKILL');
        await command.ended;
        if (round % 2 === 0)
          await eventually(`after ${afterMs} ms, what runs is what is recorded`, async () => {
            const recorded = await Promise.all(
              (await made.engine.list()).map(
                async ({ id }) => (await made.look(id)).record.pid as number,
              ),
            );
            const running = marked(made.folder).filter((pid) => nameOf(pid) === 'sleep');
            return (
              running.length === recorded.filter((pid) => pid !== null).length &&
              running.every((pid) => recorded.includes(pid))
            );
          });
        await made.engine.down();
        await nothingLeft(made);
        expect(await made.engine.list()).to.deep.equal([]);
      });

    it('is made good by the next up', async () => {
      const made = await make({ web: { ...sleep, replicas: 6 } });
      const command = await startCommand({ options: made.options, do: ['up'] });
      await eventually('something runs', async () =>
        (await made.engine.list()).some(({ state }) => state === 'running'),
      );
      command.child.kill('SIGKILL');
      await command.ended;
      const [first] = await made.engine.list();
      if (first) await made.engine.perform('kill', await made.look(first.id));
      await made.engine.up();
      expect(new Set((await made.engine.list()).map(({ state }) => state))).to.deep.equal(
        new Set(['running']),
      );
      expect(await made.engine.list()).to.have.length(6);
    });
  });

  it('SIGKILL during down is made good by the next up, and is not taken for faults', async () => {
    const stubborn = service({
      port: await freePorts(1),
      health: { http: '/healthz' },
      env: { BEHAVIOUR: 'stubborn' },
    });
    const made = await make({ stubborn, web: { ...sleep, replicas: 2 } });
    await made.engine.up();
    const command = await startCommand({ options: made.options, do: ['down'] });
    await eventually(
      'it has asked',
      async () => (await made.engine.logs('stubborn-1', 1))[0] === 'SIGTERM ignored',
    );
    command.child.kill('SIGKILL');
    await command.ended;
    await made.engine.up();
    expect(await made.states()).to.deep.equal([
      'stubborn-1 running',
      'web-1 running',
      'web-2 running',
    ]);
    await made.engine.down();
    await nothingLeft(made);
  });

  describe('SIGKILL during a fault', () => {
    it('leaves the restart policy as it was: stop', async () => {
      const made = await make({
        keeper: service({
          port: await freePorts(1),
          health: { http: '/healthz' },
          env: { BEHAVIOUR: 'stubborn' },
          restart: 'always',
        }),
      });
      await made.engine.up();
      const before = await made.look('keeper-1');
      const command = await startCommand({
        options: made.options,
        do: [{ operation: 'stop', id: 'keeper-1' }],
      });
      await eventually(
        'it has asked',
        async () => (await made.engine.logs('keeper-1', 1))[0] === 'SIGTERM ignored',
      );
      command.child.kill('SIGKILL');
      await command.ended;
      expect(await made.look('keeper-1')).to.deep.equal(before);
      await made.engine.perform('crash', before);
      await eventually('the policy acts', async () => {
        const now = await made.look('keeper-1');
        return now.state === 'running' && now.restart_count === 1;
      });
    });

    for (let round = 1; round <= 5; round++)
      it(`leaves it down or revived, and mendable: kill, round ${round}`, async () => {
        const made = await make({ keeper: { ...sleep, restart: 'always' } });
        await made.engine.up();
        const before = await made.look('keeper-1');
        const command = await startCommand({
          options: made.options,
          do: [{ operation: 'kill', id: 'keeper-1' }],
        });
        await delay(Math.random() * 15);
        command.child.kill('SIGKILL');
        await command.ended;
        const settled = await eventually('it is down for good, or runs', async () => {
          const now = await made.look('keeper-1');
          return (now.state === 'exited' || now.state === 'running') && now;
        });
        if (settled.state === 'exited') await made.engine.perform('start', settled);
        const mended = await made.look('keeper-1');
        expect(mended).to.include({ state: 'running' });
        expect(mended.restarted_by).to.equal(before.restarted_by);
        await made.engine.perform('crash', mended);
        await eventually('the policy acts', async () => {
          const now = await made.look('keeper-1');
          return now.state === 'running' && now.started_at !== mended.started_at;
        });
      });
  });

  it('services live on when the command and its terminal are gone', async () => {
    const made = await make({
      web: { ...sleep, replicas: 2 },
      keeper: { ...sleep, restart: 'always' },
    });
    const command = await startCommand({ options: made.options, do: ['up'], stay: true });
    await eventually('it is up', () => command.stdout().includes('running'));
    const before = await Promise.all(['keeper-1', 'web-1', 'web-2'].map(made.look));
    process.kill(-command.pid, 'SIGHUP');
    expect((await command.ended).signal).to.equal('SIGHUP');
    expect(await Promise.all(['keeper-1', 'web-1', 'web-2'].map(made.look))).to.deep.equal(before);
    await made.engine.perform('crash', before[0] as (typeof before)[0]);
    await eventually(
      'the keeper still keeps',
      async () => (await made.look('keeper-1')).restart_count === 1,
    );
  });

  it('works as an ordinary user', async function () {
    if (process.getuid?.() !== 0) return; // Then every test here has shown it.
    const ids = { uid: NOBODY, gid: NOBODY };
    const canRead =
      spawnSync('perl', ['-c', join(FIXTURES, 'server.pl')], { ...ids, cwd: '/' }).status === 0;
    if (!canRead) return this.skip(); // The checkout is in a folder of root's own.
    const made = await make({
      web: service({
        replicas: 2,
        port: await freePorts(2),
        health: { http: '/healthz' },
        restart: 'always',
      }),
    });
    chmodSync(made.folder, 0o755);
    chownSync(made.folder, NOBODY, NOBODY);
    const up = await startCommand(
      { options: made.options, do: ['up', { operation: 'kill', id: 'web-1' }] },
      ids,
    );
    expect((await up.ended).code, up.stderr()).to.equal(0);
    expect(up.stdout()).to.contain('["web-1 exited","web-2 running"]');
    const mend = await startCommand(
      {
        options: made.options,
        do: [
          { operation: 'start', id: 'web-1' },
          { operation: 'crash', id: 'web-2' },
        ],
      },
      ids,
    );
    expect((await mend.ended).code, mend.stderr()).to.equal(0);
    await eventually('both run', async () =>
      (await made.states()).every((state) => state.endsWith('running')),
    );
    const pids = await Promise.all(
      ['web-1', 'web-2'].map(async (id) => (await made.look(id)).record.pid as number),
    );
    if (process.platform === 'linux')
      for (const pid of pids)
        expect(readFileSync(`/proc/${pid}/status`, 'utf8')).to.match(/^Uid:\t65534\t65534/m);
    const down = await startCommand({ options: made.options, do: ['down'] }, ids);
    expect((await down.ended).code, down.stderr()).to.equal(0);
    await nothingLeft(made);
    expect(existsSync(join(made.stateDir, 'unfinished'))).to.equal(false);
  });
});

function nameOf(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return null;
  }
}
