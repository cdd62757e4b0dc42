/** A look at instances: their state and health, and by a closer look their restarts and whether memory ran out. */
import type { Engine } from '../engine/engine.ts';
import { type Instance, type InstanceRow, label } from '../fault/instance.ts';
import type { Since } from '../run/marks.ts';
import type { Look, ProbeOf } from '../story/probe-spec.ts';

const NAMED = 3;

type Probe = ProbeOf<'container'>;

export async function lookAtInstances(
  engine: Engine,
  probe: Probe,
  since: Since,
  signal: AbortSignal,
): Promise<Look> {
  const { service } = probe;
  const isClose = probe.max_restarts !== null || probe.oom_killed !== null;
  const isPlain = !isClose && probe.state === null && probe.health === null;
  const all = (await engine.list(signal)).filter(
    (row) => row.untouchable === null && (service === null || row.service === service),
  );
  const ended = isPlain ? await endedWell(engine, all, since, signal) : [];
  const rows = all.filter((row) => !ended.includes(row));
  const closely = isClose
    ? await Promise.all(rows.map((row) => engine.inspect(row.id, signal)))
    : [];
  const problems = rows.map((row, index) => [
    ...problemsOf(row, probe),
    ...closerProblemsOf(closely[index] ?? null, probe, since),
  ]);
  const well = problems.filter((each) => each.length === 0).length;
  const counted = `${well} of ${rows.length} ${rows.length === 1 ? 'instance' : 'instances'}`;
  const width = Math.max(0, ...all.map((row) => label(row).length));
  const lines = all.map(
    (row) =>
      `${label(row).padEnd(width)}  ${row.state}${row.health === 'none' ? '' : `, ${row.health}`}  (${row.name})`,
  );
  if (isPlain)
    return {
      met: rows.length > 0 && well === rows.length,
      text: `${counted} ${rows.length === 1 ? 'is' : 'are'} running and well${endedText(ended)}`,
      lines,
    };
  const named = rows.flatMap((row, index) =>
    (problems[index] ?? []).map((problem) => `${label(row)} ${problem}`),
  );
  const which =
    named.length > 0
      ? `: ${named.slice(0, NAMED).join('; ')}${named.length > NAMED ? '; …' : ''}`
      : '';
  return {
    met: rows.length > 0 && well === rows.length,
    text: `${counted} ${rows.length === 1 ? 'is' : 'are'} as expected${which}`,
    lines,
  };
}

/**
 * Jobs: what has ended with exit code 0 where its restart policy lets it end. What a fault has hold of is none, and neither is an
 * instance whose service runs in others.
 */
async function endedWell(
  engine: Engine,
  rows: InstanceRow[],
  { faulted }: Since,
  signal: AbortSignal,
): Promise<InstanceRow[]> {
  const isAlive = ({ service }: InstanceRow) =>
    rows.some((row) => row.service === service && row.state !== 'exited');
  const over = rows.filter(
    (row) => row.state === 'exited' && !faulted.includes(row.id) && !isAlive(row),
  );
  const closely = await Promise.all(over.map((row) => engine.inspect(row.id, signal)));
  return over.filter((_, index) => {
    const now = closely[index];
    return now?.exit_code === 0 && [null, 'on-failure'].includes(now.restarted_by);
  });
}

function endedText(ended: InstanceRow[]): string {
  if (ended.length === 0) return '';
  const names = ended.slice(0, NAMED).map(label).join(', ');
  return `; ended with exit code 0: ${names}${ended.length > NAMED ? ', …' : ''}`;
}

function problemsOf(row: InstanceRow, { state, health }: Probe): string[] {
  const wanted = state ?? 'running';
  if (row.state !== wanted) return [`is ${row.state}`];
  const isWell =
    health === null
      ? state !== null || (row.health !== 'unhealthy' && row.health !== 'starting')
      : row.health === health;
  return isWell ? [] : [`has health ${row.health}`];
}

function closerProblemsOf(
  now: Instance | null,
  { max_restarts, oom_killed }: Probe,
  since: Since,
): string[] {
  if (now === null) return [];
  const restarts = restartsSince(now, since);
  const problems: string[] = [];
  if (max_restarts !== null && restarts > max_restarts)
    problems.push(`was restarted ${restarts} time${restarts === 1 ? '' : 's'}`);
  if (oom_killed !== null && now.oom_killed !== oom_killed)
    problems.push(
      now.oom_killed ? 'was ended for want of memory' : 'was not ended for want of memory',
    );
  return problems;
}

/** By its restart policy. A start by hand sets the engine's own count back: what came before is forgotten then, never counted twice. */
function restartsSince({ id, restart_count }: Instance, { restarts, crashed }: Since): number {
  const before = restarts[id] ?? 0;
  const since = restart_count >= before ? restart_count - before : restart_count;
  return Math.max(0, since - (crashed.includes(id) ? 1 : 0));
}
