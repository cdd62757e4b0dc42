/** Probes at work: as an action of a chapter, before a fault, and after it until they are met. */

import type { Found } from '../run/found.ts';
import { sinceOf } from '../run/marks.ts';
import type { StepId } from '../run/progress.ts';
import type { Look, ProbeSpec } from '../story/probe-spec.ts';
import { EngineError, Refusal } from '../terms/outcomes.ts';
import { currentRun, type RunnerPorts, type Stream } from './ports.ts';
import { type LookWorld, lookAt, repeatedly } from './query-probe.ts';

/** A look whose time would be over is still given so much. */
const LEAST_MS = 250;

export function lookWorld(ports: RunnerPorts): LookWorld {
  return { engine: () => ports.engine, network: (probe, signal) => ports.look(probe, signal) };
}

/** The action `probe`: looks until it is met or its time is over. Throws Refusal `deviated`. */
export async function* probe(
  ports: RunnerPorts,
  spec: ProbeSpec,
  step: StepId,
  signal: AbortSignal,
): Stream<Found> {
  const end = ports.elapsed() + spec.retry_for_ms;
  const since = sinceOf(currentRun(ports), spec.look === 'log' ? spec.since : 'newest');
  for (;;) {
    const begun = ports.elapsed();
    const look = await lookAt(lookWorld(ports), spec, since, signal);
    signal.throwIfAborted();
    if (look.met || ports.elapsed() >= end) {
      if (look.lines?.length)
        yield { type: 'evidence', id: step, evidence: { about: 'output', lines: look.lines } };
      if (!look.met)
        throw new Refusal(
          'deviated',
          `The probe ${spec.name} is not met: ${look.text}.`,
          'chapter retry',
        );
      return { found: 'probe', probe: spec.name, text: look.text };
    }
    yield {
      type: 'step',
      id: step,
      phase: 'running',
      doing: {
        do: 'action',
        action: { do: 'probe', probe: spec },
        now: { now: 'looking', text: look.text },
      },
    };
    const next = Math.min(begun + spec.interval_ms, Math.max(end, ports.elapsed()));
    await ports.sleep(Math.max(0, next - ports.elapsed()), signal);
  }
}

export interface ProbeCheck {
  probe: string;
  met: boolean;
  /** `checkout: http://… answered 503` */
  text: string;
}

/** The probes of the steady state, side by side; each is tried again for as long as the story says. Rejects with the signal's reason. */
export function checkProbes(
  ports: RunnerPorts,
  signal: AbortSignal,
  isPatient = true,
): Promise<ProbeCheck[]> {
  return Promise.all(
    ports.story.steady_state.probes.map(async (spec) => {
      const end = ports.elapsed() + (isPatient ? spec.retry_for_ms : 0);
      for (;;) {
        const look = await lookOrSay(
          () => lookAt(lookWorld(ports), spec, sinceOf(currentRun(ports), 'newest'), signal),
          signal,
        );
        if (look.met || ports.elapsed() >= end)
          return { probe: spec.name, met: look.met, text: `${spec.name}: ${look.text}` };
        await ports.sleep(
          Math.min(spec.interval_ms, Math.max(LEAST_MS, end - ports.elapsed())),
          signal,
        );
      }
    }),
  );
}

/** Looks at the probes of the steady state again and again, each at its interval, for a recovery that waits for them. */
export class ProbeWait {
  readonly #ports: RunnerPorts;
  readonly #probes: {
    spec: ProbeSpec;
    look(signal: AbortSignal): Promise<Look>;
    dueAt: number;
    last: Look | null;
  }[];

  constructor(ports: RunnerPorts) {
    this.#ports = ports;
    const since = () => sinceOf(currentRun(ports), 'newest');
    this.#probes = ports.story.steady_state.probes.map((spec) => ({
      spec,
      look: repeatedly(lookWorld(ports), spec, since),
      dueAt: 0,
      last: null,
    }));
  }

  /** What is not met, in words, after a look at those that are due; no look goes on long after `end`. */
  async unmet(end: number, signal: AbortSignal): Promise<string[]> {
    const now = this.#ports.elapsed();
    const due = this.#probes.filter((each) => each.dueAt <= now);
    await Promise.all(
      due.map(async (each) => {
        const limit = Math.ceil(Math.max(LEAST_MS, Math.min(each.spec.timeout_ms, end - now)));
        each.dueAt = now + each.spec.interval_ms;
        each.last = await lookOrSay(
          () => each.look(AbortSignal.any([signal, AbortSignal.timeout(limit)])),
          signal,
        );
      }),
    );
    return this.looked()
      .filter(({ met }) => !met)
      .map(({ text }) => text);
  }

  /** How each of them stood at its newest look. */
  looked(): ProbeCheck[] {
    return this.#probes.map(({ spec: { name }, last }) => ({
      probe: name,
      met: last?.met ?? false,
      text: `${name}: ${last?.text ?? 'not looked at yet'}`,
    }));
  }
}

/** A look that cannot be taken is not met, and says why. */
async function lookOrSay(look: () => Promise<Look>, signal: AbortSignal): Promise<Look> {
  try {
    return await look();
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof EngineError || error instanceof Refusal)
      return { met: false, text: `it cannot be looked at: ${error.message}` };
    if ((error as Error).name === 'TimeoutError')
      return { met: false, text: 'the look did not end in its time' };
    throw error;
  }
}
