/** The end of a recovery: waits until what is measured and looked at says that the stack is well again. */
import type { Impact } from '../impact/impact.ts';
import { type ProbeImpact, probesSentence } from '../impact/probe-impact.ts';
import type { CheckedItem } from '../run/checked-item.ts';
import type { RunnerEvent, StepId } from '../run/progress.ts';
import type { Fault } from '../run/run.ts';
import { Refusal } from '../terms/outcomes.ts';
import { faultOf } from './carry-out.ts';
import type { RunnerPorts, Stream } from './ports.ts';
import { ProbeWait } from './probe.ts';
import { checkedEvent, itemsDuring, itemsNow } from './steady-state.ts';
import { recoverStep } from './steps.ts';

const LOOK_EVERY_MS = 100;
/** So long the watchdog's own look may come after ours, on top of its interval, and at most. */
const LATER_MS = 3000;
const MUCH_LATER_MS = 10_000;

export interface Wellness {
  /** The impact on the workload and on the probes, a sentence each. */
  figures: string[];
  probes: ProbeImpact[];
}

/** Throws Refusal `not_verified` when the time is over. */
export async function* waitUntilWell(
  ports: RunnerPorts,
  fault: Fault,
  end: number,
  step: StepId,
  signal: AbortSignal,
): Stream<Wellness> {
  const probes = new ProbeWait(ports);
  const longestMs = Math.max(
    0,
    ...ports.story.steady_state.probes.map((probe) => probe.interval_ms),
  );
  let wellAt: number | null = null;
  for (;;) {
    const impact = await ports.measure.impact(faultOf(ports, fault.id));
    const checks = impact ? await ports.measure.checkSteadyState() : [];
    const thresholds = checks.filter((check) => !check.met).map((check) => check.text);
    const workload = impact && !impact.back ? [impact.text] : thresholds;
    const unmet = await probes.unmet(end, signal);
    if (workload.length === 0 && unmet.length === 0) {
      const seen = await ports.measure.probes(faultOf(ports, fault.id));
      wellAt ??= ports.elapsed();
      // The figures are the watchdog's: it sees in its own time what we have just seen, and only then are they whole.
      const isBehind = seen.impact.some(({ state }) => state === 'not_met');
      if (
        isBehind &&
        ports.elapsed() < Math.min(end, wellAt + Math.min(longestMs + LATER_MS, MUCH_LATER_MS))
      ) {
        await ports.sleep(LOOK_EVERY_MS, signal);
        continue;
      }
      yield* recordChecks(ports, fault, impact, itemsNow(checks, probes.looked()));
      const sentence = probesSentence(seen.impact, true);
      const during = (impact?.during ?? [])
        .filter(({ met }) => !met)
        .map(({ text }) => `during the fault: ${text}`);
      const figures = [impact?.text, ...during, sentence && `probes: ${sentence}`].filter(
        (each) => typeof each === 'string',
      );
      return { figures, probes: seen.impact };
    }
    const text = [...workload, ...unmet.map((each) => `probe ${each}`)].join('; ');
    const whyNot = workload.length > 0 ? ports.measure.whyNot() : null;
    if (whyNot !== null) {
      const message = `${fault.id}: the targets are well, and nobody measures the workload: ${whyNot}`;
      throw new Refusal('not_verified', message, `fault recover ${fault.id}`);
    }
    if (ports.elapsed() >= end) {
      yield* recordChecks(ports, fault, impact, itemsNow(checks, probes.looked()));
      const what = workload.length > 0 ? 'the workload is not' : 'the steady state is not met';
      throw new Refusal(
        'not_verified',
        `${fault.id}: the targets are well, ${what}: ${text}`,
        workload.length > 0 ? withoutLoad(fault) : `fault recover ${fault.id}`,
      );
    }
    yield recoverStep(step, 'running', fault, {
      waits_for: workload.length > 0 ? 'workload' : 'probes',
      unmet: workload.length > 0 ? [...workload, ...unmet.map((each) => `probe ${each}`)] : unmet,
      left_ms: Math.max(0, end - ports.elapsed()),
    });
    await ports.sleep(LOOK_EVERY_MS, signal);
  }
}

/** A load that fails for a reason of its own never comes back, however often the fault is recovered. */
function withoutLoad({ id }: Fault): string {
  return `\`fault recover ${id}\` looks again; where it is the load itself that fails, \`workload stop\` comes first.`;
}

/** What the thresholds say of the time of the fault, and how all of it stands now. */
function* recordChecks(
  ports: RunnerPorts,
  { id }: Fault,
  impact: Impact | null,
  now: CheckedItem[],
): Generator<RunnerEvent> {
  const during = checkedEvent(ports, 'during', id, itemsDuring(impact?.during ?? []));
  const after = checkedEvent(ports, 'after', id, now);
  if (during) yield during;
  if (after) yield after;
}
