/** The contract of the ability `stress` on the process engine: what a load uses is read from the system's own table. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { after, afterEach, before, describe, it } from 'mocha';
import type { Ability } from '../../src/engine/engine.ts';
import type { LiveEffect } from '../../src/fault/effect.ts';
import type { Instance } from '../../src/fault/instance.ts';
import { EngineError } from '../../src/terms/outcomes.ts';
import { makeStack, marked, type ProcessStack, service } from '../fixtures/process/stack.ts';
import { eventually, rejection } from './contract.ts';
import { effectOf } from './docker-stack.ts';

const MB = 1024 ** 2;
/** The kernel counts processor time in these. */
const TICK_MS = 10;

describe('loads beside local processes', function () {
  this.timeout(60_000);
  let stack: ProcessStack;
  let stress: Ability;
  let web: Instance;

  before(async function () {
    if (process.platform !== 'linux') return this.skip();
    stack = await makeStack({ web: service({ command: ['sleep', '100000'] }) });
    await stack.engine.up();
    web = await stack.look('web-1');
    stress = stack.engine.abilities.stress as Ability;
  });
  afterEach(() => {
    const left = stack ? loads() : [];
    for (const { pid } of left) process.kill(pid, 'SIGKILL');
    expect(left).to.deep.equal([]);
  });
  after(() => stack?.cleanup());

  /** As `ps` shows them. */
  const loads = () =>
    marked(stack.folder)
      .map((pid) => ({ pid, words: readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0') }))
      .filter(({ words }) => words.includes('--beside') && words[0] === process.execPath);
  const statOf = (pid: number) => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return {
      ms: (Number(fields[11]) + Number(fields[12])) * TICK_MS,
      bytes: Number(fields[21]) * 4096,
    };
  };
  const cpus = async (pid: number, overMs = 2500) => {
    const [before, begun] = [statOf(pid).ms, performance.now()];
    await delay(overMs);
    return (statOf(pid).ms - before) / (performance.now() - begun);
  };
  const live = async (
    fault: string,
    [kind, written]: [string, Record<string, unknown>],
    leftMs = 60_000,
  ): Promise<LiveEffect> => {
    const effect = effectOf(kind, { how: kind === 'cpu' ? 'stress' : 'fill', ...written });
    expect(await stress.whyNot(web, effect)).to.equal(null);
    const bound = (await stress.bind?.(web, effect, [])) ?? effect;
    const deadline = new Date(Date.now() + leftMs).toISOString();
    return { fault, target: web, effect: bound, deadline };
  };
  const states = async (effects: LiveEffect[]) =>
    (await stress.read(await stack.look('web-1'), effects)).map(({ state }) => state);
  const pidOf = (fault: string) =>
    loads().find(({ words }) => words[words.indexOf('--fault') + 1] === fault)?.pid ?? 0;

  it('uses what was asked for, bears the names of fault and target, and leaves nothing', async () => {
    const before = marked(stack.folder);
    const half = await live('f1', ['cpu', { cores: 0.5 }]);
    await stress.set(web, [half]);
    expect(await states([half])).to.deep.equal(['in_force']);
    const [{ pid, words }] = loads() as [{ pid: number; words: string[] }];
    expect(words.slice(2, 8)).to.deep.equal([
      '--fault',
      'f1',
      '--beside',
      'web-1',
      '--cpus',
      '0.5',
    ]);
    expect(await cpus(pid, 4000)).to.be.within(0.1, 0.6); // As much as a busy machine lets it have.
    expect(await stress.measure?.(web, half.effect)).to.match(
      /^the load beside web-1 uses 0\.\d+ processors of this machine$/,
    );
    await stress.set(web, [half]); // Again, as after a death.
    expect(loads().map((each) => each.pid)).to.deep.equal([pid]);
    await stress.set(web, [], [half]);
    expect(await states([half])).to.deep.equal(['absent']);
    expect(marked(stack.folder)).to.deep.equal(before);
    expect(
      readdirSync(join(stack.stateDir, 'loads')).filter((name) => /\d/.test(name)),
    ).to.deep.equal([]);
  });

  it('several add up, undoing one leaves the others, and a restart of the target leaves all', async () => {
    const one = await live('f1', ['cpu', { cores: 0.2 }]);
    const other = await live('f2', ['memory', { size: '100mb' }]);
    await stress.set(web, [one, other]);
    expect(statOf(pidOf('f2')).bytes).to.be.within(90 * MB, 102 * MB);
    expect(await stress.measure?.(web, other.effect)).to.match(
      /uses (9\d|10[01])(\.\d)?mb of memory/,
    );
    await stack.engine.perform('kill', web);
    await stack.engine.perform('start', await stack.look('web-1'));
    expect(await states([one, other])).to.deep.equal(['in_force', 'in_force']);
    await stress.set(web, [other], [one]);
    expect(await states([one, other])).to.deep.equal(['absent', 'in_force']);
    await stress.set(web, [], [other]);
  });

  it('ends by itself at its limit, nobody of ours being there', async () => {
    const before = marked(stack.folder);
    const short = await live('f1', ['cpu', { cores: 1 }], 6000);
    await stress.set(web, [short]);
    expect(await states([short])).to.deep.equal(['in_force']);
    await eventually('it has ended', async () => loads().length === 0);
    expect(Date.now()).to.be.at.least(Date.parse(short.deadline ?? ''));
    await eventually('its end is read', async () => (await states([short]))[0] === 'absent');
    await stress.set(web, [short]); // Its time is over.
    expect(loads()).to.deep.equal([]);
    await stress.set(web, [], [short]);
    expect(marked(stack.folder)).to.deep.equal(before);
  });

  it('dies as a whole, and where its folder is gone it ends', async () => {
    const busy = await live('f1', ['cpu', { cores: 1.5 }]);
    await stress.set(web, [busy]);
    const pid = pidOf('f1');
    expect(readdirSync(`/proc/${pid}/task`).length).to.be.above(2);
    process.kill(pid, 'SIGKILL');
    await eventually('it is dead', async () => (await states([busy]))[0] === 'absent');
    await stress.set(web, [], [busy]);
    const other = await live('f2', ['cpu', { cores: 0.2 }]);
    await stress.set(web, [other]);
    rmSync(join(stack.stateDir, 'loads'), { recursive: true });
    await eventually('it has ended', async () => loads().length === 0);
    await stress.set(web, [], [other]);
  });

  it('is ended with the stack', async () => {
    const busy = await live('f1', ['cpu', { cores: 0.2 }]);
    await stress.set(web, [busy]);
    await stack.engine.down();
    expect(loads()).to.deep.equal([]);
    expect(marked(stack.folder)).to.deep.equal([]);
    await stack.engine.up();
    web = await stack.look('web-1');
  });

  it('is refused, with the reason, before anything is done', async () => {
    const why = async (kind: string, written: Record<string, unknown>) =>
      (await stress.whyNot(web, effectOf(kind, written)))?.why ?? '';
    expect(await why('cpu', { cores: 1000, how: 'stress' })).to.match(/only \d+ processors?$/);
    expect(await why('memory', { size: '10mb', how: 'fill' })).to.match(/needs 64mb itself/);
    const all = `${Math.ceil(totalmem() / MB)}mb`;
    expect(await why('memory', { size: all, how: 'fill' })).to.match(
      /would leave less than the .*mb that are kept for the others/,
    );
    const limit = await stack.engine.abilities.resources?.whyNot(
      web,
      effectOf('cpu', { cores: 1 }),
    );
    expect(limit?.why).to.match(/a limit takes a control group of its own/);
    expect(limit?.next).to.match(/--how stress/);
    const nameless = {
      ...(await live('f1', ['cpu', { cores: 0.2 }])),
      effect: { on: 'stress', cpus: 0.2 },
    };
    expect(await rejection(stress.set(web, [nameless])))
      .to.be.instanceOf(EngineError)
      .with.property('definite', true);
  });
});
