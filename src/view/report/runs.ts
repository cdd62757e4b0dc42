/** What `story runs` hands back: a line a run, newest first, and what was deleted. Pure. */
import type { RunSummary } from '../../run/report/summary.ts';
import type { Result } from '../results.ts';
import { renderColumns } from '../tables.ts';
import { count, duration, VERDICT_WORDS } from './words.ts';

const HEADS = ['', 'run', 'began (UTC)', 'story', 'verdict', 'faults', 'lost', 'well again'];

interface ListedRun {
  run: string;
  current: boolean;
  summary: RunSummary | null;
  problem: string | null;
}

/** `more`: there are older ones. `pruned`: null where none was to be deleted. */
export function runsResult({
  runs,
  more,
  pruned,
}: {
  runs: readonly ListedRun[];
  more: boolean;
  pruned: { deleted: string[]; kept: { run: string; reason: string }[] } | null;
}): Result {
  const rows = runs.map(rowOf);
  return {
    json: {
      runs: runs.map(({ run, current, summary, problem }) => {
        return { run, current, problem, summary };
      }),
      more,
      pruned,
    },
    lines: [
      ...(pruned ? prunedLines(pruned) : []),
      ...(rows.length > 0 ? renderColumns([HEADS, ...rows]) : ['No run has begun here.']),
      ...(more ? ['There are older ones; `story runs --all` lists them.'] : []),
    ],
  };
}

function rowOf({ run, current, summary, problem }: ListedRun): string[] {
  const mark = current ? '▶' : ' ';
  if (!summary) return [mark, run, '', '', `cannot be read: ${problem}`];
  const { started_at, story, state, faults, live_faults } = summary;
  const { operations_lost, longest_recovery_ms, simulated } = summary;
  const live = live_faults > 0 ? ` (${live_faults} live)` : '';
  return [
    mark,
    run,
    `${started_at.slice(0, 10)} ${started_at.slice(11, 19)}`,
    story,
    `${verdictWords(summary)}${state === 'under_way' ? ' so far' : ''}`,
    `${faults}${live}`,
    operations_lost === null ? (simulated ? 'simulated' : '-') : String(operations_lost),
    duration(longest_recovery_ms),
  ];
}

function verdictWords({ verdict, met, deviated, not_measured }: RunSummary): string {
  const words = VERDICT_WORDS[verdict].toLowerCase();
  const all = met + deviated + not_measured;
  if (verdict === 'not_measured') return words;
  return `${words} ${verdict === 'held' ? met : deviated} of ${all}`;
}

function prunedLines({
  deleted,
  kept,
}: {
  deleted: string[];
  kept: { run: string; reason: string }[];
}) {
  const [first, last] = [deleted.at(-1), deleted[0]];
  const which =
    deleted.length > 1 ? ` (${first} to ${last})` : deleted.length === 1 ? ` (${first})` : '';
  return [
    `Deleted ${count(deleted.length, 'run')}${which}.`,
    ...kept.map(({ run, reason }) => `Kept ${run}: ${reason}.`),
  ];
}
