/**
 * One stack, one journal, and commands on them as separate processes would give them: each gets a new Runner on what
 * the journal says, works until it ends, fails, is interrupted or dies, and leaves the rest to the next one.
 */

import type { Engine } from '../../src/engine/engine.ts';
import { createLifecycle, type LifecycleVerbs, type Verb } from '../../src/engine/lifecycle.ts';
import { type Instance, label } from '../../src/fault/instance.ts';
import type { ProbeImpact } from '../../src/impact/probe-impact.ts';
import type { ThresholdResult } from '../../src/impact/thresholds.ts';
import type { Event, EventOf } from '../../src/run/events.ts';
import type { Halt } from '../../src/run/halt.ts';
import { judge } from '../../src/run/hypothesis.ts';
import type { JudgedItem } from '../../src/run/judged-item.ts';
import { type Fault, liveFaults, type Run } from '../../src/run/run.ts';
import type { ReadBack, RunnerPorts, Stream } from '../../src/runner/ports.ts';
import { Runner } from '../../src/runner/runner.ts';
import type { HypothesisItem } from '../../src/story/hypothesis-spec.ts';
import type { Look } from '../../src/story/probe-spec.ts';
import type { Chapter, InjectSpec, Story } from '../../src/story/story.ts';
import { errorReport } from '../../src/terms/outcomes.ts';
import { VirtualClock } from './clock.ts';
import { MemoryJournal } from './memory-journal.ts';
import { ModelEngine, type ModelService } from './model-engine.ts';
import { Dead, Fate, type Peril } from './peril.ts';
import { storyWith } from './scripts.ts';

const SERVICES: readonly ModelService[] = [
  { service: 'web', replicas: 2, restart: 'no', hasHealth: false },
  { service: 'store', replicas: 1, restart: 'always', hasHealth: true },
  { service: 'cache', replicas: 2, restart: 'no', hasHealth: true },
  { service: 'grafana', replicas: 1, restart: 'no', hasHealth: false },
];

export type Command =
  | { do: 'next' | 'back' | 'retry' | 'reset' | 'watchdog' }
  /** `about`: the faults that were live when the condition held; all that are now. */
  | { do: 'watchdog aborts'; about?: string[] }
  | { do: 'halt' | 'watchdog halts' }
  | { do: 'inject'; spec: InjectSpec }
  | { do: 'recover'; which: string }
  | { do: 'close'; which: string }
  /** By the watchdog; `number`: the one that it takes for the next. */
  | { do: 'turn'; number: number }
  | { do: 'time is over' }
  | { do: 'workload'; to: 'start' | 'stop' };

/** `code`: of the refusal or engine error. */
export type Outcome = { ended: 'well' | 'dead' } | { ended: 'refused'; code: string; error: Error };

export const ABORT = {
  condition: 'errors > 20% for 3s',
  measured: 'errors 43% over the last 3s',
  value: 43,
};

export const HALT: Halt = { by: 'ops', since: '2026-11-01T00:00:00.000Z', reason: 'a call' };

const BEGINS_RUN = ['next', 'inject', 'workload'];
const CAUSES_HARM: Verb[] = ['kill', 'stop', 'pause', 'crash'];

export class Theatre {
  /** So long after a command has begun, a condition of the story holds. */
  abortAfterMs: number | null = null;
  /** So long after a command has begun, somebody halts. */
  haltAfterMs: number | null = null;
  /** Somebody has halted. */
  halt: Halt | null = null;
  /** What the thresholds of the steady state say at this moment. */
  checks: ThresholdResult[] = [];
  /** What a look over the network finds at this moment. */
  looks: () => Look = () => ({ met: true, text: 'it answers' });
  /** What was observed, held against a hypothesis; and of which faults, each time that one was judged. */
  judge = (hypothesis: readonly HypothesisItem[], faults: readonly Fault[]): JudgedItem[] =>
    judge(hypothesis, {
      faults,
      held: new Map(),
      probeNotes: [],
      states: [],
      alertNotes: [],
      nowMs: this.clock.now(),
    });
  readonly judged: string[][] = [];
  /** What the watchdog's looks say of every fault. */
  impact: ProbeImpact[] = [];
  /** What the watchdog says of reading back, look by look; then that there is nothing to read. */
  readBacks: ReadBack[] = [];

  readonly clock = new VirtualClock();
  readonly engine: ModelEngine;
  readonly journal = new MemoryJournal(() => this.clock.now() + this.skewMs);
  readonly story: Story;
  /** What was done to instances, with the fault that allowed it. */
  readonly deeds: { operation: Verb; target: string; fault: string }[] = [];
  /** Operations that nothing in the journal allowed. */
  readonly unlawful: string[] = [];
  /** How far the clock on the wall has been set away from the one that never jumps. */
  skewMs = 0;
  #seed = 0;

  constructor(story: Story) {
    this.story = story;
    this.engine = new ModelEngine(story.engine, SERVICES, this.clock);
    this.clock.pass(1000);
  }

  get run(): Run | null {
    return this.journal.run;
  }

  live(): Fault[] {
    return this.run ? liveFaults(this.run) : [];
  }

  /** Throws what is a bug of the stage: anything that is neither a refusal nor an engine error. */
  async give(command: Command, peril: Peril = { kind: 'none' }): Promise<Outcome> {
    const fate = new Fate(peril, this.clock);
    if (!this.#openRun(command))
      return { ended: 'refused', code: 'no_run', error: new Error('no run') };
    const runner = new Runner(fate.over(this.#ports()), fate.controller.signal);
    try {
      for await (const _ of this.#work(runner, command)) if (fate.isDead) break;
      return { ended: fate.isDead ? 'dead' : 'well' };
    } catch (error) {
      if (fate.isDead) return { ended: 'dead' };
      const report = errorReport(error);
      if (!report || error instanceof Dead) throw error;
      return { ended: 'refused', code: report.code, error: error as Error };
    }
  }

  /** Time in which nobody of ours does anything. */
  async wait(durationMs: number): Promise<void> {
    this.clock.pass(durationMs);
    // What was on its way is done in microtasks.
    await new Promise((resolve) => setImmediate(resolve));
  }

  async instances(): Promise<Instance[]> {
    const rows = await this.engine.list();
    return Promise.all(rows.map(async ({ id }) => (await this.engine.inspect(id)) as Instance));
  }

  /** How a command ended: `well`, `dead`, or the code of its refusal. */
  async code(command: Command, peril?: Peril): Promise<string> {
    const outcome = await this.give(command, peril);
    return 'code' in outcome ? outcome.code : outcome.ended;
  }

  types(): Event['type'][] {
    return this.#events().map(({ type }) => type);
  }

  events<Type extends Event['type']>(type: Type): EventOf<Type>[] {
    return this.#events().filter((event): event is EventOf<Type> => event.type === type);
  }

  /** By label. */
  async states(): Promise<Record<string, string>> {
    return Object.fromEntries((await this.instances()).map((each) => [label(each), each.state]));
  }

  /** Labels of all that does not run. */
  async down(): Promise<string[]> {
    return (await this.instances()).filter(({ state }) => state !== 'running').map(label);
  }

  async idOf(name: string): Promise<string> {
    return (await this.instances()).find((each) => label(each) === name)?.id as string;
  }

  #events(): Event[] {
    return this.journal.lines.map((line) => JSON.parse(line) as Event);
  }

  #openRun(command: Command): boolean {
    if (this.run && this.run.finished_at === null) return true;
    if (!BEGINS_RUN.includes(command.do)) return false;
    const chapters = this.story.chapters.map(({ id, title }) => ({ id, title }));
    this.journal.begin({
      gameday: '0.0.0',
      story: { name: this.story.name, path: null, digest: '', chapters },
      engine: { kind: this.engine.kind, project: this.engine.project, spec: null, identity: null },
    });
    return true;
  }

  #work(runner: Runner, command: Command): Stream<unknown> {
    switch (command.do) {
      case 'next':
        return runner.next();
      case 'back':
        return runner.back(null);
      case 'retry':
        return runner.retry(null);
      case 'reset':
        return runner.reset(null);
      case 'inject':
        return runner.inject(command.spec);
      case 'recover':
        return runner.recover(command.which, null);
      case 'close':
        return runner.close(command.which, 'given up by hand');
      case 'turn':
        return runner.turn('s1', command.number);
      case 'time is over':
        return runner.endSchedules(['s1'], 'time', 'watchdog');
      case 'workload':
        return command.to === 'start'
          ? runner.startWorkload({ baseline: null, metrics: null, foreground: false })
          : runner.stopWorkload();
      case 'halt':
      case 'watchdog halts':
        this.halt = HALT;
        return runner.halt(HALT, command.do === 'halt' ? 'command' : 'watchdog', null);
      case 'watchdog aborts':
        return runner.abort({ ...ABORT, faults: command.about ?? this.live().map(({ id }) => id) });
      case 'watchdog':
        return this.#watchdog(runner);
    }
  }

  /** What the watchdog does when the time of a fault is up. */
  async *#watchdog(runner: Runner): Stream<void> {
    for (const fault of this.live().toReversed()) {
      if (fault.deadline !== null && Date.parse(fault.deadline) <= this.clock.now())
        yield* runner.recover(fault.id, null, 'watchdog');
    }
  }

  #ports(): RunnerPorts {
    const { clock, journal, story } = this;
    return {
      engine: this.#checked(),
      journal,
      story,
      measure: {
        checkSteadyState: async () => this.checks,
        awaitLooks: async () => {},
        hypothesis: async (hypothesis, faults) => {
          this.judged.push(faults.map(({ id }) => id));
          return this.judge(hypothesis, faults);
        },
        probes: async () => ({ impact: this.impact, all_looked: true }),
        impact: async (fault) => {
          if (!journal.run?.workload) return null;
          const down = (await this.instances()).filter(
            (each) => each.state !== 'running' && fault.targets.some(({ id }) => id === each.id),
          );
          return {
            text: `${down.length} down`,
            noticed_after_ms: down.length > 0 ? 400 : null,
            back: down.length === 0,
            simulated: false,
            during: [],
          };
        },
        async *start(signal) {
          signal.throwIfAborted();
          yield { waits_for: 'setup', kind: 'tcp', text: 'warming up' };
          return { found: 'workload', kind: 'tcp', simulated_ops_per_s: null, first: null };
        },
        stop: async () => {},
        whyNot: () => null,
        readBack: () => this.readBacks.shift() ?? { state: 'none' },
      },
      look: async () => this.looks(),
      claim: async () => {},
      arm: async () => {},
      watchConditions: (onDue) => {
        let isOver = false;
        const due = () => ({ ...ABORT, faults: this.live().map(({ id }) => id) });
        if (this.abortAfterMs !== null)
          clock.after(this.abortAfterMs, () => !isOver && this.live().length > 0 && onDue(due()));
        return {
          end: () => {
            isOver = true;
          },
        };
      },
      watchHalt: (onHalt) => {
        let isOver = false;
        if (this.haltAfterMs !== null)
          clock.after(this.haltAfterMs, () => {
            this.halt = HALT;
            if (!isOver) onHalt(HALT);
          });
        return {
          end: () => {
            isOver = true;
          },
        };
      },
      askHook: async () => ({ exit_code: 0, is_late: false, lines: [] }),
      halted: () => this.halt,
      alone: (_, work) => work(),
      now: () => clock.now() + this.skewMs,
      elapsed: () => clock.now(),
      sleep: async (delayMs, signal) => {
        signal.throwIfAborted();
        for (let leftMs = delayMs; leftMs > 0; leftMs -= 1000) {
          await this.wait(Math.min(leftMs, 1000));
          signal.throwIfAborted();
        }
      },
      drawSeed: () => this.#seed++,
    };
  }

  /** Holds every operation against the journal at the moment it is asked for: law 1 and law 2. */
  #checked(): Engine {
    const { engine } = this;
    const perform: LifecycleVerbs['perform'] = (operation, target) => {
      const phase = CAUSES_HARM.includes(operation) ? 'injecting' : 'recovering';
      const fault = this.live().find(
        (each) => each.phase === phase && each.targets.some(({ id }) => id === target.id),
      );
      if (fault) this.deeds.push({ operation, target: target.id, fault: fault.id });
      else this.unlawful.push(`${operation} ${label(target)}`);
      return engine.perform(operation, target);
    };
    const verbs = { perform, inspect: (id: string) => engine.inspect(id), stopMs: engine.stopMs };
    return {
      ...engine,
      list: (signal) => engine.list(signal),
      byHand: (how, services) => engine.byHand(how, services),
      wanted: (target) => engine.wanted(target),
      inspect: (id, signal) => engine.inspect(id, signal),
      logs: (id, lines, since) => engine.logs(id, lines, since),
      logMark: () => engine.logMark(),
      run: (command, options) => engine.run(command, options),
      close: () => engine.close(),
      spec: engine.spec,
      abilities: { lifecycle: createLifecycle(verbs) },
    };
  }
}

export function open(chapters: Partial<Chapter>[], rest: Partial<Story> = {}): Theatre {
  return new Theatre(storyWith(chapters, rest));
}
