/** Has what a command sees of the instances, while it holds the run, written down beside the run. Asks the engine for nothing. */
import { dirname } from 'node:path';
import type { Engine } from '../../engine/engine.ts';
import type { Instance, InstanceRow } from '../../fault/instance.ts';
import { StateLog } from '../../journal/index.ts';
import type { Observed } from '../../run/instance-states.ts';

/** Not at once: what is written must not come between a look and the deed that follows it. */
const LATER_MS = 250;

/** The answer writes what is left, and ends it. Nothing fails for want of it. */
export function observeEngine(engine: Engine, journalPath: string): () => void {
  const log = new StateLog(dirname(journalPath), { isOnly: false });
  let timer: NodeJS.Timeout | null = null;
  const flush = () => {
    timer = null;
    log.flush();
  };
  const observe = (seen: readonly Observed[], isWhole: boolean) => {
    log.observe(seen, Date.now(), isWhole);
    timer ??= setTimeout(flush, LATER_MS).unref();
  };
  const [list, inspect] = [engine.list.bind(engine), engine.inspect.bind(engine)];
  engine.list = async (signal) => {
    const rows = await list(signal);
    observe(rows.map(observedRow), true);
    return rows;
  };
  engine.inspect = async (id, signal) => {
    const instance = await inspect(id, signal);
    if (instance) observe([observedInstance(instance)], false);
    return instance;
  };
  return () => {
    if (timer) clearTimeout(timer);
    flush();
    [engine.list, engine.inspect] = [list, inspect];
  };
}

/** A listing does not tell since when each of them runs. */
export function observedRow({ id, service, number, state, health }: InstanceRow): Observed {
  return { id, service, number, state, health };
}

export function observedInstance(instance: Instance): Observed {
  return { ...observedRow(instance), incarnation: instance.incarnation };
}
