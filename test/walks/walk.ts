/**
 * One random walk: whatever happens on the stack, and whoever of gameday's is killed meanwhile, one recovery leaves it as it
 * was before, and nothing of gameday's behind.
 */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'chai';
import { start } from '../commands/cli.ts';
import type { Ended } from '../commands/ended.ts';
import { served } from '../commands/served.ts';
import {
  type Death,
  describeStep,
  type Meanwhile,
  type Meddling,
  type Possible,
  type Step,
} from './steps.ts';

export interface Picture {
  /** By label. */
  instances: Record<string, unknown>;
  [also: string]: unknown;
}

export interface WalkStack extends Possible {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Brings up what gameday itself starts; else nothing. */
  begin(): Promise<void>;
  /** All that a walk has to leave as it was, as somebody sees it who is not gameday. */
  picture(): Promise<Picture>;
  /** Instances that somebody took away, and that nobody but the next start of the stack brings back. */
  lost(): readonly string[];
  /** May be refused by the engine: what somebody wants to do to what is gone, fails. */
  meddle(meddling: Meddling): Promise<void>;
  /** Whoever meddled takes back what is theirs to take back. */
  takeBack(): Promise<void>;
  /** What is gameday's and is there still, when the run is over; processes and files of it. */
  left(): Promise<string[]>;
  cleanup(): Promise<void>;
}

/** What may come of a command. */
const FINE = [0, 4, 5];
/** Where somebody has a hand in it: an instance is gone, or comes back otherwise. A bug, a wrong flag and a wrong id never are. */
const DISTURBED = [...FINE, 6, 7, 9];
const OVERRULE = ['--yes', '--overrule', 'last_healthy,max_unavailable,shared_disk'];
const RESUME_WITHIN_MS = 120_000;
/** For what is on its way: a health check, a process that a loop starts again, a watchdog that ends. */
const SETTLE_MS = 30_000;

export async function walk(stack: WalkStack, steps: readonly Step[]): Promise<void> {
  await stack.begin();
  const before = await stack.picture();
  const look = async () => without(await stack.picture(), stack.lost());
  const walker = new Walker(stack);
  for (const step of steps) await walker.take(step);
  await walker.end();
  await settled(without(before, stack.lost()), look, 'the stack is as before');
  await walker.run(['chapter', 'reset', '--wait'], [0, ...(walker.isRunning() ? [] : [4])]);
  await settled([], () => stack.left(), 'nothing of gameday is left');
}

function without({ instances, ...rest }: Picture, lost: readonly string[]): Picture {
  const kept = Object.entries(instances).filter(([label]) => !lost.includes(label));
  return { ...rest, instances: Object.fromEntries(kept) };
}

async function settled(wanted: unknown, look: () => Promise<unknown>, what: string): Promise<void> {
  const end = performance.now() + SETTLE_MS;
  let seen = await look();
  while (!isDeepStrictEqual(seen, wanted) && performance.now() < end) {
    await sleep(100);
    seen = await look();
  }
  const lines = (value: unknown) => JSON.stringify(value, null, 1).split('\n');
  const [was, is] = [lines(wanted), lines(seen)];
  if (isDeepStrictEqual(seen, wanted)) return;
  const lost = was.filter((line) => !is.includes(line)).map((line) => `- ${line}`);
  const new_ = is.filter((line) => !was.includes(line)).map((line) => `+ ${line}`);
  throw new Error(`not so within ${SETTLE_MS} ms: ${what}\n${[...lost, ...new_].join('\n')}`);
}

class Walker {
  readonly #stack: WalkStack;
  #disturbed = false;

  constructor(stack: WalkStack) {
    this.#stack = stack;
  }

  async take(step: Step): Promise<void> {
    switch (step.do) {
      case 'inject': {
        const { kind, target, args, duration } = step;
        const limit = duration === null ? [] : ['--duration', duration];
        const typed = ['fault', 'inject', kind, target, ...args, ...limit, '--countdown', '0'];
        return this.#command([...typed, ...OVERRULE, '--wait'], step);
      }
      case 'recover': {
        const live = this.#live();
        if (step.which !== null && live.length === 0) return;
        const id = step.which === null ? [] : [live[step.which % live.length] as string];
        return this.#command(['fault', 'recover', ...id, '--wait'], step);
      }
      case 'halt':
        await this.#command(['fault', 'halt'], { ...step, meanwhile: null });
        return this.#resume();
      case 'meddle':
        this.#disturbed = true;
        return this.#stack.meddle(step);
      case 'kill':
        return this.#kill(step.whom);
      case 'wait':
        return void (await sleep(step.ms));
    }
  }

  /** One recovery of everything; where somebody has to bring back what they took away, the next one. */
  async end(): Promise<void> {
    await this.#resume();
    const all = ['fault', 'recover', '--wait'];
    const ended = this.isRunning() ? await this.run(all, this.#disturbed ? [0, 9] : [0]) : null;
    await this.#stack.takeBack();
    // What nobody can bring back is no reason to leave a fault alive.
    const rest = this.#stack.lost().length > 0 ? ['--only-targets'] : [];
    if (ended?.code === 9) await this.run([...all, ...rest], [0]);
    expect(this.#live(), 'live faults after the recovery').to.deep.equal([]);
  }

  async run(args: readonly string[], codes: readonly number[]): Promise<Ended> {
    const { cwd, env } = this.#stack;
    const ended = await served([...args], { cwd, env });
    check(args, ended, codes);
    return ended;
  }

  isRunning(): boolean {
    const last = this.#events().at(-1);
    return last !== undefined && last.type !== 'run.finished';
  }

  /** A watchdog that recovers holds the run meanwhile, and this command waits for nobody. */
  async #resume(): Promise<void> {
    const end = performance.now() + RESUME_WITHIN_MS;
    let { code } = await this.run(['fault', 'resume'], FINE);
    for (; code !== 0; { code } = await this.run(['fault', 'resume'], FINE)) {
      if (performance.now() > end) throw new Error('`fault resume` was refused for too long');
      await sleep(200);
    }
  }

  /** By a process of its own where it may be killed. */
  async #command(
    args: readonly string[],
    { killed, meanwhile }: { killed: Death | null; meanwhile: Meanwhile | null },
  ): Promise<void> {
    if (meanwhile) this.#disturbed = true;
    const codes = this.#disturbed ? DISTURBED : FINE;
    if (killed === null && meanwhile === null) return void (await this.run(args, codes));
    const { cwd, env } = this.#stack;
    const before = this.#journalSize();
    const { child, ended } = start([...args], { cwd, env });
    let isOver = false;
    void ended.then(() => {
      isOver = true;
    });
    const event = async () => {
      while (!isOver && this.#journalSize() === before) await sleep(10);
    };
    const die = async ({ after, ms }: Death) => {
      if (after === 'event') await event();
      await sleep(ms);
      if (!isOver) child.kill('SIGKILL');
    };
    const meddle = async ({ step, ms }: Meanwhile) => {
      await event();
      await sleep(ms);
      await this.take(step);
    };
    await Promise.all([ended, killed && die(killed), meanwhile && meddle(meanwhile)]);
    const end = await ended;
    if (end.signal !== 'SIGKILL') check(args, end, codes);
  }

  async #kill(whom: 'watchdog' | 'standby' | 'both'): Promise<void> {
    const status = this.#watchdog();
    if (status === null) return;
    // Frozen, it sees nothing of the other one's death.
    if (whom === 'both') signal(status.pid, 'SIGSTOP');
    if (whom !== 'watchdog') signal(status.standby, 'SIGKILL');
    if (whom !== 'standby') signal(status.pid, 'SIGKILL');
  }

  #live(): string[] {
    const events = this.#events();
    const over = events.filter(({ type }) => type === 'fault.recovered').map(({ fault }) => fault);
    return events
      .filter(({ type, fault }) => type === 'fault.injecting' && !over.includes(fault))
      .map(({ fault }) => fault as string);
  }

  #events(): any[] {
    const lines = read(this.#file('journal.ndjson')).split('\n');
    // The last one may be cut off.
    return lines.slice(0, -1).map((line) => JSON.parse(line));
  }

  #watchdog(): { pid: number; standby: number | null } | null {
    const text = read(this.#file('watchdog.json'));
    return text === '' ? null : JSON.parse(text);
  }

  #journalSize(): number {
    return statSync(this.#file('journal.ndjson'), { throwIfNoEntry: false })?.size ?? 0;
  }

  #file(name: string): string {
    const state = join(this.#stack.cwd, '.gameday');
    return join(state, 'runs', read(join(state, 'current')).trim() || 'r1', name);
  }
}

function check(args: readonly string[], ended: Ended, codes: readonly number[]): void {
  const said = `gameday ${args.join(' ')}:\n${ended.stdout}${ended.stderr}`;
  expect(ended.code, said).to.be.oneOf([...codes]);
}

/** Only while it is what the run's own file says; a process that has ended is nobody. */
function signal(pid: number | null, name: NodeJS.Signals): void {
  if (pid === null || !read(`/proc/${pid}/cmdline`).includes('gameday')) return;
  try {
    process.kill(pid, name);
  } catch {
    // It has ended.
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** For a failure: what was done, a line a step. */
export function describeWalk(steps: readonly Step[]): string {
  return steps.map((step, index) => `  ${index + 1}. ${describeStep(step)}`).join('\n');
}
