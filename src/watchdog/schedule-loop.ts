/**
 * Takes the turns of the run's schedules when they are due, one at a time. A turn that comes while a command holds the run
 * waits until the run is free; one that fails is tried again. What has been done stands in the journal alone.
 */
import type { Run } from '../run/run.ts';
import { liveSchedules, planSchedule, type Schedule, type ScheduleStep } from '../run/schedules.ts';
import { Refusal } from '../terms/outcomes.ts';
import type { WatchdogPorts } from './ports.ts';
import { retryMs } from './retry.ts';

/** By the clock that never jumps: a wall clock that is set must bring no turn earlier, and no end later. */
interface Known {
  endsAt: number;
  /** The turns that had come when the next one was seen first. */
  turns: number;
  nextAt: number;
  tries: number;
  retryAt: number;
}

export class ScheduleLoop {
  readonly #ports: WatchdogPorts;
  readonly #known = new Map<string, Known>();
  #underWay: Promise<void> | null = null;

  constructor(ports: WatchdogPorts) {
    this.#ports = ports;
  }

  follow(run: Run): void {
    const live = liveSchedules(run);
    for (const id of this.#known.keys())
      if (!live.some((schedule) => schedule.id === id)) this.#known.delete(id);
    for (const schedule of live) this.#see(schedule);
  }

  #see(schedule: Schedule): void {
    const { id, turns, for_ms, every_ms, jitter_ms } = schedule;
    const known = this.#known.get(id);
    if (known?.turns === turns) return;
    const until = (at: string, mostMs: number) =>
      this.#ports.elapsed() + Math.min(mostMs, Date.parse(at) - this.#ports.now());
    this.#known.set(id, {
      endsAt: known?.endsAt ?? until(schedule.ends_at, for_ms),
      turns,
      nextAt: until(schedule.next_at, every_ms + jitter_ms),
      tries: 0,
      retryAt: 0,
    });
  }

  isBusy(): boolean {
    return this.#known.size > 0 || this.#underWay !== null;
  }

  /** Until the next turn is due; not less than a millisecond, and Infinity with none. */
  nextDueMs(): number {
    const waits = [...this.#known.values()].map(
      ({ nextAt, retryAt }) => Math.max(nextAt, retryAt) - this.#ports.elapsed(),
    );
    const ahead = waits.filter((waitMs) => waitMs > 0);
    return Math.max(1, Math.min(...ahead));
  }

  /** Begins what is due, and does not wait for it. */
  act(run: Run): void {
    // Whoever holds the run may be about to end the schedule.
    if (this.#underWay !== null || this.#ports.isHeld() || this.#ports.isHalted()) return;
    const nowMs = this.#ports.elapsed();
    for (const schedule of liveSchedules(run)) {
      const known = this.#known.get(schedule.id);
      if (!known || nowMs < known.retryAt) continue;
      const due = planSchedule(schedule, run, {
        nextInMs: known.nextAt - nowMs,
        endsInMs: known.endsAt - nowMs,
      });
      if (due.step === 'wait' || due.in_ms > 0) continue;
      this.#underWay = this.#take(schedule, due.step, known).finally(() => {
        this.#underWay = null;
      });
      return;
    }
  }

  /** Resolves when what was begun is done. */
  async settled(): Promise<void> {
    await this.#underWay;
  }

  async #take(
    { id, turns }: Schedule,
    step: Exclude<ScheduleStep['step'], 'wait'>,
    known: Known,
  ): Promise<void> {
    const { log } = this.#ports;
    try {
      if (step === 'turn')
        log(`${id}: turn ${turns + 1}: ${await this.#ports.turn(id, turns + 1)}`);
      else {
        await this.#ports.endSchedule(id);
        log(`${id}: its time is over`);
      }
      known.tries = 0;
    } catch (error) {
      // Somebody was quicker; the journal tells what comes next.
      if (error instanceof Refusal && error.code === 'run_busy') return;
      const waitMs = retryMs(++known.tries);
      known.retryAt = this.#ports.elapsed() + waitMs;
      log(`${id}: ${(error as Error).message} Next try in ${waitMs / 1000} s.`, 'problem');
    }
  }
}
