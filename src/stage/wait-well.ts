/** The end of a recovery: waits until what is measured and looked at says that the stack is well again. */
import { type ProbeFelt, probesSentence } from '../story/measure/probe-felt.ts';
import { Refusal } from '../story/outcomes.ts';
import type { Fault } from '../story/run.ts';
import { faultOf } from './inject.ts';
import type { StagePorts, Stream } from './ports.ts';
import { ProbeWait } from './probe.ts';

const LOOK_EVERY_MS = 100;

export interface Wellness {
  /** What the workload felt and the probes saw, a sentence each. */
  figures: string[];
  probes: ProbeFelt[];
}

/** Throws Refusal `not_verified` when the time is over. */
export async function* waitUntilWell(ports: StagePorts, fault: Fault, end: number, step: string, signal: AbortSignal): Stream<Wellness> {
  const probes = new ProbeWait(ports);
  for (;;) {
    const felt = await ports.measure.felt(faultOf(ports, fault.id));
    const thresholds = felt ? (await ports.measure.checkSteadyState()).filter((check) => !check.met).map((check) => check.text) : [];
    const workload = felt && !felt.back ? [felt.text] : thresholds;
    const unmet = await probes.unmet(end, signal);
    if (workload.length === 0 && unmet.length === 0) {
      const seen = await ports.measure.probes(faultOf(ports, fault.id));
      const sentence = probesSentence(seen.felt, true);
      const during = (felt?.during ?? []).filter(({ met }) => !met).map(({ text }) => `during the fault: ${text}`);
      const figures = [felt?.text, ...during, sentence && `probes: ${sentence}`].filter((each) => typeof each === 'string');
      return { figures, probes: seen.felt };
    }
    const text = [...workload, ...unmet.map((each) => `probe ${each}`)].join('; ');
    if (ports.elapsed() >= end) {
      const what = workload.length > 0 ? 'the workload is not' : 'the steady state is not met';
      throw new Refusal('not_verified', `${fault.id}: the targets are well, ${what}: ${text}`, `fault recover ${fault.id}`);
    }
    yield { type: 'step.tick', step, text: `waiting for the ${workload.length > 0 ? 'workload' : 'probes'}: ${text}` };
    await ports.sleep(LOOK_EVERY_MS, signal);
  }
}
