/** How a fault stands on its targets by now: the journal held against what the engine shows. Looks only. */
import type { Instance, InstanceRow } from '../fault/instance.ts';
import { type Drift, drift, type Seen, successorOf } from '../run/drift.ts';
import type { Fault } from '../run/run.ts';
import { type LookPorts, read } from './undo.ts';

/** One for each target, in their order. */
export function driftsOf(ports: LookPorts, fault: Fault, signal?: AbortSignal): Promise<Drift[]> {
  const { engine } = ports;
  engine.recall?.(fault.targets);
  let listing: Promise<InstanceRow[]> | null = null;
  /** One listing is enough for all that are gone. */
  const list = () => {
    listing ??= engine.list(signal);
    return listing;
  };
  return Promise.all(
    fault.targets.map(async (target) => {
      const now = await engine.inspect(target.id, signal);
      return drift(fault, target, await seenOf(ports, fault, target, now, list), ports.now());
    }),
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
  now: Instance | null,
  list: () => Promise<InstanceRow[]>,
): Promise<Seen> {
  if (now) return { now, reading: await read(ports, fault, now), successor: null };
  const successor = successorOf(target, await list(), fault.before);
  return { now, reading: null, successor };
}
