/** The kinds of fault, and one of them with all that can be set. Pure. */
import type { FaultKind } from '../fault/contribution.ts';
import type { FaultKinds } from '../fault/fault-kind.ts';
import { formatDuration } from '../terms/duration.ts';
import type { Result } from './results.ts';

const ON_RESTART: Record<FaultKind['on_restart'], string> = {
  ends: 'ends',
  stays: 'stays',
  by_engine: 'ends with a container, and stays before a process',
  by_how: 'stays, if it is a limit; a load ends with a container, and stays beside a process',
};

export function kindsResult(kinds: FaultKinds): Result {
  const width = Math.max(...kinds.map(({ kind }) => kind.length));
  return {
    json: { kinds: kinds.map(kindJson) },
    lines: kinds.map(
      ({ kind, summary, words }) => `${kind.padEnd(width)}  ${summary}; undone by ${words.undo}`,
    ),
  };
}

export function kindResult(row: FaultKind): Result {
  const { kind, summary, words, params, holds, on_restart, default_duration_ms } = row;
  const names = Object.keys(params);
  const width = Math.max(0, ...names.map((name) => name.length));
  const limit =
    default_duration_ms === null
      ? 'none'
      : `${formatDuration(default_duration_ms)}, unless --duration`;
  return {
    json: kindJson(row),
    lines: [
      `${kind}: ${summary}.`,
      `Undone by ${words.undo}. Limit: ${limit}.`,
      `When the target restarts, its effect ${ON_RESTART[on_restart]}.`,
      holds === null
        ? 'Overlaps with other faults on one target.'
        : `At most one fault at a time holds the ${holds} of a target.`,
      ...(names.length === 0 ? ['No parameters.'] : ['Parameters:']),
      ...names.map((name) => {
        const { help, example } = params[name] as FaultKind['params'][string];
        return `  ${name.padEnd(width)}  ${help}; for example ${example}`;
      }),
    ],
  };
}

function kindJson({
  kind,
  family,
  summary,
  words,
  params,
  holds,
  on_restart,
  default_duration_ms,
}: FaultKind) {
  return {
    kind,
    family,
    summary,
    undo: words.undo,
    holds,
    on_restart,
    default_duration_ms,
    params: Object.entries(params).map(([name, { help, example, values }]) => ({
      name,
      help,
      example,
      values: values ?? null,
    })),
  };
}
