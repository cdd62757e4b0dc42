/** Writes down where logs and restarts of the stack stand when something begins; only for stories with probes that look at what came since. */
import type { Engine } from '../engine/engine.ts';
import type { EventOf } from '../run/events.ts';
import { marksNeeded } from '../run/marks.ts';
import { type RunnerPorts, record, type Stream } from './ports.ts';

type Because = EventOf<'stack.marked'>['because'];
export type Marked = Pick<EventOf<'stack.marked'>, 'logs' | 'restarts'>;

/** Null where the story needs no mark. Looks only. */
export async function takeMark({ story, engine }: RunnerPorts): Promise<Marked | null> {
  const needed = marksNeeded(story);
  if (!needed.logs && !needed.restarts) return null;
  return {
    logs: needed.logs ? await engine.logMark() : null,
    restarts: needed.restarts ? await restartsOf(engine) : {},
  };
}

async function restartsOf(engine: Engine): Promise<Record<string, number>> {
  const instances = await Promise.all((await engine.list()).map(({ id }) => engine.inspect(id)));
  return Object.fromEntries(
    instances.flatMap((now) => (now ? [[now.id, now.restart_count] as const] : [])),
  );
}

export async function* mark(
  ports: RunnerPorts,
  because: Because,
  marked: Marked | null,
): Stream<void> {
  if (marked === null) return;
  yield record(ports, { type: 'stack.marked', because, ...marked });
}
