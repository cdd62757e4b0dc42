/** What a command of the process engine has started ends with it, whoever ended it, and is frozen with it. */

import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';
import { readStanding } from '../../src/engine/process/process-record.ts';
import type { ProcessService } from '../../src/story/story.ts';
import {
  makeStack,
  markedInstances,
  type ProcessStack,
  service,
} from '../fixtures/process/stack.ts';
import { freePorts } from '../free-ports.ts';
import { eventually } from './contract.ts';

const isLinux = process.platform === 'linux';

describe('process engine: children of a command', function () {
  this.timeout(60_000);
  let stack: ProcessStack | null = null;

  afterEach(async () => {
    await stack?.cleanup();
    stack = null;
  });

  /** Up, with one instance of `web`. */
  async function up(changes: Partial<ProcessService>): Promise<ProcessStack> {
    stack = await makeStack({ web: service(changes) });
    await stack.engine.up();
    return stack;
  }

  const withChild = async () =>
    up({ port: await freePorts(1), health: { http: '/healthz' }, env: { BEHAVIOUR: 'child' } });

  for (const operation of ['kill', 'crash', 'stop'] as const)
    it(`end with it: ${operation}`, async function () {
      if (!isLinux) return this.skip();
      const made = await withChild();
      expect(markedInstances(made.folder)).to.have.length(3); // The keeper, the server, its child.
      await made.engine.perform(operation, await made.look('web-1'));
      await eventually('nobody is left', () => markedInstances(made.folder).length === 0);
    });

  it('end with it when it ends by itself', async function () {
    if (!isLinux) return this.skip();
    const made = await withChild();
    process.kill((await made.look('web-1')).record.pid as number, 'SIGKILL');
    await eventually('nobody is left', () => markedInstances(made.folder).length === 0);
  });

  it('end with it when the keeper is gone', async function () {
    if (!isLinux) return this.skip();
    const made = await withChild();
    process.kill(readStanding(made.stateDir, 'web-1')?.generation?.keeper?.pid ?? 0, 'SIGKILL');
    expect(await made.look('web-1')).to.include({ state: 'running' });
    await made.engine.perform('kill', await made.look('web-1'));
    expect(markedInstances(made.folder)).to.deep.equal([]);
    expect(await made.look('web-1')).to.include({ state: 'exited', exit_code: null });
    await made.engine.perform('start', await made.look('web-1'));
  });

  it('end with it when they have left its group', async function () {
    if (!isLinux) return this.skip();
    const made = await up({ command: ['sh', '-c', 'setsid sleep 600 & exec sleep 600'] });
    await made.engine.perform('kill', await made.look('web-1'));
    expect(markedInstances(made.folder)).to.deep.equal([]);
  });

  it('are frozen and thawed with it', async function () {
    if (!isLinux) return this.skip();
    const made = await withChild();
    const keeper = readStanding(made.stateDir, 'web-1')?.generation?.keeper?.pid;
    const letters = () =>
      markedInstances(made.folder).flatMap((pid) => (pid === keeper ? [] : stateLetter(pid)));
    await made.engine.perform('pause', await made.look('web-1'));
    await eventually('both are frozen', () => letters().join('') === 'TT');
    expect(await made.look('web-1')).to.include({ state: 'paused', health: 'unhealthy' });
    await made.engine.perform('unpause', await made.look('web-1'));
    await eventually('both run', () => !letters().includes('T'));
  });
});

/** Of the process itself, from /proc. */
function stateLetter(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return stat.charAt(stat.lastIndexOf(')') + 2);
}
