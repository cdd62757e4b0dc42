/** The state folder, the journal in it, and who holds the run, as findings. Pure. */

import type { JournalFacts, StateFacts } from '../../journal/examine.ts';
import { describeHalt } from '../../run/halt.ts';
import { type DoctorLine, ok, problem, refused, warning } from '../../terms/doctor-line.ts';
import { formatDuration } from '../../terms/duration.ts';
import type { GitFacts } from './facts.ts';

/** A day of samples is less; a journal of many runs, too. */
const SMALL_BYTES = 64 * 1024 * 1024;

export function findInState(look: StateFacts & GitFacts): DoctorLine[] {
  const { dir, exists, error, open_to_others, git } = look;
  const about = 'state folder';
  if (error) return [refused(about, error)];
  if (!exists) return [ok(about, `${dir} is not there yet and can be made`), room(look)];
  const mode = open_to_others.toString(8).padStart(3, '0');
  const access = open_to_others
    ? warning(
        about,
        `${dir} can be entered by others (mode bits ${mode}); journals say what your stack is.`,
        `chmod 700 ${dir}`,
      )
    : ok(about, `${dir} can be written, and belongs to you alone`);
  const ignored =
    git === 'not_ignored'
      ? [
          warning(
            'git',
            `${dir} is not ignored by git, and could be committed.`,
            `echo '*' > ${dir}/.gitignore`,
          ),
        ]
      : [
          ok(
            'git',
            git === 'ignored'
              ? 'the state folder is ignored'
              : 'the state folder is in no repository',
          ),
        ];
  const halted = look.halt
    ? [problem('halt', 'halted', `${describeHalt(look.halt)}.`, 'fault resume')]
    : [];
  return [access, room(look), ...ignored, ...halted];
}

function room({ dir, free_bytes, reserve }: StateFacts): DoctorLine {
  const missing = reserve ? reserve.wanted - reserve.bytes : 0;
  if (free_bytes === null)
    return warning(
      'disk',
      `The file system of ${dir} does not say how much is free.`,
      `df -h ${dir}`,
    );
  const free = `${bytesWords(free_bytes)} free`;
  if (missing > free_bytes) {
    const text = `${free} for ${dir}; ${bytesWords(missing)} are missing of the reserve that recoveries are recorded in, so a fault is refused.`;
    return problem('disk', 'state_unwritable', text, 'Free some space on that disk.');
  }
  if (free_bytes < SMALL_BYTES)
    return warning('disk', `Only ${free} for ${dir}.`, 'Free some space before the game day.');
  const kept = reserve ? `, and ${bytesWords(reserve.bytes)} kept for recording recoveries` : '';
  return ok('disk', `${free}${kept}`);
}

export function findInJournal(
  { path, events, warnings, error, holder }: JournalFacts,
  nowMs: number,
): DoctorLine[] {
  const journal = error
    ? [refused('journal', error)]
    : path === null
      ? [ok('journal', 'no run has begun')]
      : warnings.length > 0
        ? warnings.map((text) =>
            warning(
              'journal',
              text,
              'Nothing need be done: what was cut off had not been acknowledged to anybody.',
            ),
          )
        : [ok('journal', `${path} is whole: ${events} event(s)`)];
  if (holder === null) return [...journal, ok('lock', 'no command holds the run')];
  const who = holder.pid === 0 ? 'another command' : `\`${holder.command}\` (pid ${holder.pid})`;
  const since =
    holder.since === ''
      ? ''
      : ` for ${formatDuration(Math.max(0, nowMs - Date.parse(holder.since)))}`;
  const next = 'Wait until it has ended, or give your command --wait.';
  return [
    ...journal,
    problem(
      'lock',
      'run_busy',
      `${who} has held the run${since}; a second command is refused.`,
      next,
    ),
  ];
}

export function bytesWords(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const step = Math.min(
    units.length - 1,
    bytes < 1 ? 0 : Math.floor(Math.log(bytes) / Math.log(1024)),
  );
  return `${Math.round(bytes / 1024 ** step)} ${units[step]}`;
}
