/** How a fault stands on its targets by now: the journal held against what the engine shows. Looks only. */
import type { Instance } from '../fault/instance.ts';
import { type Drift, drift, type Seen, successorOf } from '../run/drift.ts';
import type { Fault } from '../run/run.ts';
import { type LookPorts, read } from './undo.ts';

/** One for each target, in their order. */
export function driftsOf(ports: LookPorts, fault: Fault, signal?: AbortSignal): Promise<Drift[]> {
  return Promise.all(
    fault.targets.map(async (target) =>
      drift(fault, target, await seenOf(ports, fault, target, signal), ports.now()),
    ),
  );
}

/** Whether nothing of the fault can be seen any more on a target that exists. False where nobody could tell. */
export async function isOff(ports: LookPorts, fault: Fault, now: Instance): Promise<boolean> {
  const reading = await read(ports, fault, now);
  if (reading === null) return false;
  return reading.state === 'absent' || (reading.state === 'altered' && now.state === 'running');
}

async function seenOf(
  ports: LookPorts,
  fault: Fault,
  target: Instance,
  signal?: AbortSignal,
): Promise<Seen> {
  const { engine } = ports;
  const now = await engine.inspect(target.id, signal);
  if (now) return { now, reading: await read(ports, fault, now), successor: null };
  const successor = successorOf(target, await engine.list(signal), fault.before);
  return { now, reading: null, successor };
}
