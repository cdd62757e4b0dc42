/** The last part of a recovery: what the workload feels decides whether the fault is over, and its figures are shown as they settle. */
import { Refusal } from '../story/outcomes.ts';
import type { Fault } from '../story/run.ts';
import { faultOf } from './inject.ts';
import type { StagePorts, Stream } from './ports.ts';

const LOOK_EVERY_MS = 100;

/** Resolves to what the workload felt, in lines; none where none is measured. Throws Refusal `not_verified` when the time is over. */
export async function* waitForWorkload(ports: StagePorts, fault: Fault, end: number, step: string, signal: AbortSignal): Stream<string[]> {
  for (;;) {
    const felt = await ports.measure.felt(faultOf(ports, fault.id));
    const unmet = (await ports.measure.checkSteadyState()).filter((check) => !check.met).map((check) => check.text);
    if (!felt) return [];
    if (felt.back && unmet.length === 0) {
      const left = felt.during.filter(({ met }) => !met);
      return [felt.text, ...left.map(({ text }) => `during the fault: ${text}`)];
    }
    const text = felt.back ? unmet.join('; ') : felt.text;
    if (ports.elapsed() >= end) {
      const message = `${fault.id}: the targets are well, the workload is not: ${text}`;
      throw new Refusal('not_verified', message, `fault recover ${fault.id}`);
    }
    yield { type: 'step.tick', step, text: `waiting for the workload: ${text}` };
    await ports.sleep(LOOK_EVERY_MS, signal);
  }
}
