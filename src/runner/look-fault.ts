/** How a fault stands on its targets by now: the journal held against what the engine shows. Looks only. */
import type { Engine } from '../engine/engine.ts';
import type { Instance } from '../fault/instance.ts';
import { type Drift, drift, type Seen, successorOf } from '../run/drift.ts';
import type { Fault } from '../run/run.ts';
import { read } from './undo.ts';

/** One for each target, in their order. */
export function driftsOf(
  ports: { engine: Engine; now(): number },
  fault: Fault,
  signal?: AbortSignal,
): Promise<Drift[]> {
  return Promise.all(
    fault.targets.map(async (target) =>
      drift(fault, target, await seenOf(ports.engine, fault, target, signal), ports.now()),
    ),
  );
}

async function seenOf(
  engine: Engine,
  fault: Fault,
  target: Instance,
  signal?: AbortSignal,
): Promise<Seen> {
  const now = await engine.inspect(target.id, signal);
  if (now) return { now, reading: await read(engine, fault, now), successor: null };
  const successor = successorOf(target, await engine.list(signal), fault.before);
  return { now, reading: null, successor };
}
