/** Which instances stopped being well in a stretch of time, as those who looked wrote it down. Pure. */
import { type InstanceState, type StateLine, WATCHED_MS } from './instance-states.ts';

export interface Affected {
  instance: string;
  service: string;
  /** `exited`, `unhealthy`, `restarted`. */
  how: string;
}

/** An instance once, with the first that was seen of it. `not_looked_ms`: of the time, in which nobody looked. */
export function affected(
  states: readonly StateLine[],
  fromMs: number,
  toMs: number,
): { found: Affected[]; not_looked_ms: number } {
  const known = new Map<string, InstanceState>();
  const found = new Map<string, Affected>();
  for (const line of states) {
    if ('note' in line) continue;
    const before = known.get(line.id) ?? null;
    known.set(line.id, line);
    const atMs = Date.parse(line.at);
    if (atMs < fromMs || atMs > toMs || found.has(line.id) || before === null) continue;
    const how = changeOf(before, line);
    const { instance, service } = line;
    if (how !== null) found.set(line.id, { instance, service, how });
  }
  return { found: [...found.values()], not_looked_ms: notLooked(states, fromMs, toMs) };
}

/** Null: it is as well as it was. */
function changeOf(before: InstanceState, now: InstanceState): string | null {
  if (before.state === 'running' && now.state !== 'running') return now.state;
  if (before.health !== 'unhealthy' && now.health === 'unhealthy') return 'unhealthy';
  const isAnotherLife =
    before.incarnation !== null &&
    now.incarnation !== null &&
    before.incarnation !== now.incarnation;
  return isAnotherLife && before.state === 'running' ? 'restarted' : null;
}

/** Somebody who begins to look says so, and again every while; a last word holds for as long as the next may be away. */
function notLooked(states: readonly StateLine[], fromMs: number, toMs: number): number {
  let lookedMs = 0;
  let open: { fromMs: number; toMs: number } | null = null;
  const close = () => {
    if (open) lookedMs += Math.max(0, Math.min(open.toMs, toMs) - Math.max(open.fromMs, fromMs));
    open = null;
  };
  for (const line of states) {
    const atMs = Date.parse(line.at);
    const note = 'note' in line ? line.note : null;
    if (open && atMs > open.toMs) close();
    if (note === 'end') {
      if (open) open.toMs = atMs;
      close();
    } else if (open) open.toMs = atMs + WATCHED_MS;
    else if (note !== null) open = { fromMs: atMs, toMs: atMs + WATCHED_MS };
  }
  close();
  return Math.max(0, toMs - fromMs - lookedMs);
}
