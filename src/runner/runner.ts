/** Everything that can happen to a run, bound to one lock, one engine and one signal. The table of contents of this room. */
import type { AbortDue } from '../run/aborts.ts';
import type { Found } from '../run/found.ts';
import type { Halt } from '../run/halt.ts';
import { type Fault, faultsMeant, liveFaults, type Meant, type Position } from '../run/run.ts';
import { type EndReason, liveSchedules, schedulesMeant } from '../run/schedules.ts';
import type { InjectSpec } from '../story/story.ts';
import { abort, abortable, endAll, refuseHalted, tellOfAbort } from './abort.ts';
import { asStep, START, startWorkload, type WorkloadWish } from './actions.ts';
import { faultOf } from './carry-out.ts';
import { back, endStory, next, reset, retry } from './chapter.ts';
import { tellOfDeviations } from './hypothesis.ts';
import { injectSteps } from './inject.ts';
import { currentRun, type RunnerPorts, type Stream } from './ports.ts';
import { closeFaults, type RecoverRequest, recover, recoverSteps } from './recover.ts';
import { endSchedules, injectFirst, takeTurn } from './schedule.ts';
import { ensureStack } from './stack.ts';
import { foundOf, stopWorkload } from './stop-workload.ts';

export class Runner {
  readonly #ports: RunnerPorts;
  readonly #signal: AbortSignal;

  constructor(ports: RunnerPorts, signal: AbortSignal) {
    this.#ports = ports;
    this.#signal = signal;
  }

  async *next(): Stream<Position> {
    yield* tellOfAbort(this.#ports);
    yield* this.#unlessHalted();
    yield* tellOfDeviations(this.#ports);
    return yield* this.#abortable((signal) => next(this.#ports, signal));
  }

  back(withinMs: number | null): Stream<Position> {
    return this.#abortable((signal) => back(this.#ports, withinMs, signal), { goesOn: true });
  }

  async *retry(withinMs: number | null): Stream<Position> {
    yield* this.#unlessHalted();
    return yield* this.#abortable((signal) => retry(this.#ports, withinMs, signal));
  }

  reset(withinMs: number | null): Stream<void> {
    return reset(this.#ports, withinMs, this.#signal);
  }

  /** After the schedules of the last chapter are over. Throws Refusal `aborted` or `deviated` where they came to that. */
  async *endStory(): Stream<void> {
    yield* tellOfAbort(this.#ports);
    yield* endStory(this.#ports, this.#signal);
  }

  async *inject(spec: InjectSpec, force = false): Stream<Fault> {
    yield* tellOfAbort(this.#ports);
    yield* this.#unlessHalted();
    yield* ensureStack(this.#ports, this.#signal);
    const request = { spec, chapter: null, step: ['inject'], force };
    yield* injectSteps(request);
    return yield* this.#abortable((signal) => injectFirst(this.#ports, request, signal));
  }

  /** Resolves to the faults that were meant, as they stand then; throws when one of them is still live. */
  async *recover(
    which: Meant,
    withinMs: number | null,
    by: RecoverRequest['by'] = 'command',
    onlyTargets = false,
  ): Stream<Fault[]> {
    const faults = faultsMeant(currentRun(this.#ports), which);
    const request: RecoverRequest = {
      faults,
      within_ms: withinMs,
      by,
      step: ['recover'],
      onlyTargets,
    };
    if (by === 'command') yield* this.#endMeant(which);
    yield* recoverSteps(request);
    if (by === 'watchdog') yield* recover(this.#ports, request, this.#signal);
    else {
      yield* this.#abortable((signal) => recover(this.#ports, request, signal), { goesOn: true });
      yield* tellOfAbort(this.#ports);
      yield* tellOfDeviations(this.#ports);
    }
    return faults.map((fault) => faultOf(this.#ports, fault.id));
  }

  /** For the watchdog: a turn of a schedule, as `takeTurn` has it. */
  turn(schedule: string, number: number): Stream<Fault | null> {
    return takeTurn(this.#ports, schedule, number, this.#signal);
  }

  /** No more turns, of the schedules with these ids; those that have ended already are left out. */
  async *endSchedules(
    ids: readonly string[],
    because: EndReason,
    by: RecoverRequest['by'],
  ): Stream<void> {
    const ended = liveSchedules(currentRun(this.#ports)).filter(({ id }) => ids.includes(id));
    yield* endSchedules(this.#ports, ended, because, by);
  }

  /** For the watchdog: ends everything that is live, since a condition held. */
  abort(due: AbortDue): Stream<void> {
    return abort(this.#ports, due, 'watchdog', this.#signal);
  }

  /** Ends everything that is live, since somebody halted. Resolves to what was live, as it stands then. */
  async *halt(halt: Halt, by: RecoverRequest['by'], withinMs: number | null): Stream<Fault[]> {
    const faults = liveFaults(currentRun(this.#ports)).toReversed();
    yield* endAll(this.#ports, halt, by, this.#signal, withinMs);
    return faults.map((fault) => faultOf(this.#ports, fault.id));
  }

  /** Gives faults up, with a reason, without touching their targets. */
  async *close(which: Meant, reason: string): Stream<Fault[]> {
    const faults = faultsMeant(currentRun(this.#ports), which);
    yield* this.#endMeant(which);
    yield* closeFaults(this.#ports, faults, reason);
    return faults.map((fault) => faultOf(this.#ports, fault.id));
  }

  async *startWorkload(wish: WorkloadWish): Stream<Found> {
    yield* ensureStack(this.#ports, this.#signal);
    const [id, signal] = [['workload'], this.#signal];
    return yield* asStep(id, START, signal, startWorkload(this.#ports, wish, id, signal));
  }

  /** Throws Refusal `deviated` after it has stopped, where acknowledged writes were lost. */
  async *stopWorkload(reason = 'workload stop'): Stream<Found> {
    return foundOf(yield* stopWorkload(this.#ports, reason, null, this.#signal));
  }

  /** Before anything is recovered: no turn may come after that. */
  async *#endMeant(which: Meant): Stream<void> {
    const meant = schedulesMeant(currentRun(this.#ports), which);
    yield* endSchedules(this.#ports, meant, 'recovered', 'command');
  }

  /** Nothing is injected, nor started for it, while it is halted. */
  async *#unlessHalted(): Stream<void> {
    const halt = this.#ports.halted();
    if (halt) yield* refuseHalted(this.#ports, this.#signal, halt);
  }

  #abortable<Result>(
    work: (signal: AbortSignal) => Stream<Result>,
    options?: { goesOn: boolean },
  ): Stream<Result> {
    return abortable(this.#ports, this.#signal, work, options);
  }
}
