/** What this room refuses, worded in one place: which file, why, and what to type or do next. */
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { JOURNAL_VERSION } from '../run/events.ts';
import { userName } from '../system/owner.ts';
import { formatDuration } from '../terms/duration.ts';
import { Refusal } from '../terms/outcomes.ts';
import { errnoOf } from './disk.ts';
import type { Holder } from './journal.ts';

export function isDiskFull(error: unknown): boolean {
  return errnoOf(error) === 'ENOSPC' || errnoOf(error) === 'EDQUOT';
}

/** `state_unwritable`; a Refusal is handed on as it is. Nothing of what was asked for has been written. */
export function unwritable(path: string, error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const [why, next] = reason(path, error, 'write');
  return new Refusal('state_unwritable', `${path} cannot be written: ${why}.`, next, [], {
    cause: error,
  });
}

/** `state_unwritable` for a state folder that is not there yet: only then is another one a way out that loses sight of nothing. */
export function unmakable(stateDir: string, error: unknown): Refusal {
  const [why] = reason(stateDir, error, 'write');
  return new Refusal(
    'state_unwritable',
    `The state folder ${stateDir} cannot be made: ${why}.`,
    'Name another folder with --state-dir.',
    [],
    {
      cause: error,
    },
  );
}

/** `state_unwritable` too: a state folder that cannot be read belongs to somebody else, or its disk is failing. */
export function unreadable(path: string, error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const [why, next] = reason(path, error, 'read');
  return new Refusal('state_unwritable', `${path} cannot be read: ${why}.`, next, [], {
    cause: error,
  });
}

/** `not_trusted` for a state folder that another user made. */
export function foreign(stateDir: string, owner: string): Refusal {
  return new Refusal(
    'not_trusted',
    `The state folder ${stateDir} belongs to ${owner}, and is not trusted.`,
    `Look at it with \`ls -ld ${stateDir}\`, and name a folder of your own with --state-dir.`,
  );
}

/** `not_trusted` for a state folder that stands elsewhere. */
export function linked(stateDir: string): Refusal {
  return new Refusal(
    'not_trusted',
    `The state folder ${stateDir} is a link, and is not followed.`,
    `Look where it leads with \`ls -ld ${stateDir}\`, and name that folder with --state-dir if it is yours.`,
  );
}

function reason(path: string, error: unknown, verb: 'read' | 'write'): [why: string, next: string] {
  switch (errnoOf(error)) {
    case 'ENOSPC':
      return ['the disk is full', 'Free some space there, and repeat the command.'];
    case 'EDQUOT':
      return ['your disk quota is used up', 'Free some space there, and repeat the command.'];
    case 'EROFS':
      return [
        'the file system is read-only',
        'Make it writable (mount -o remount,rw), and repeat the command.',
      ];
    case 'EACCES':
    case 'EPERM':
      return [
        `permission denied${owner(path)}`,
        `Run the command as the user who owns it, or see that you may ${verb} it.`,
      ];
    case 'ENOTDIR':
    case 'EISDIR':
    case 'ELOOP':
      return [
        'a file stands where a folder should be, or the other way round',
        'Move it away, and repeat the command.',
      ];
    default:
      return [
        (error as Error).message,
        `Look at the file and its disk, and repeat the command once it can be ${verb === 'read' ? 'read' : 'written'}.`,
      ];
  }
}

function owner(path: string): string {
  const self = process.getuid?.();
  for (const each of [path, dirname(path)]) {
    try {
      const { uid } = statSync(each);
      return uid === self ? '' : `, since it belongs to ${userName(uid)} and you are uid ${self}`;
    } catch {
      // It is not there, or not even that may be known of it; its folder says as much.
    }
  }
  return '';
}

/** `line` counts from 1. */
export function damaged(path: string, line: number, problem: string): Refusal {
  return new Refusal(
    'journal_damaged',
    `${path}:${line}: ${problem}. The file was left as it is.`,
    `Restore line ${line} from a copy of the file, or move ${dirname(path)} away and begin anew; what this run broke is not undone by that.`,
  );
}

export function newer(path: string, line: number, version: number): Refusal {
  return new Refusal(
    'journal_newer',
    `${path}:${line} was written by a newer gameday: its version is ${version}, and this one reads up to ${JOURNAL_VERSION}. The file was left as it is.`,
    'Update gameday, or go on with the one that began this run.',
  );
}

/** `gameday`: the version that began the run, where the line says it. */
export function older(path: string, line: number, gameday: unknown): Refusal {
  const stateDir = dirname(dirname(dirname(path)));
  const by = typeof gameday === 'string' ? `gameday ${gameday}` : 'an older gameday';
  return new Refusal(
    'journal_older',
    `${path}:${line} was written by ${by}, and this one cannot read runs that are so old. The file was left as it is.`,
    `Recover what that run broke with the gameday that began it, then begin anew: \`mv ${stateDir} ${stateDir}.old\``,
  );
}

/** Another program wrote to the file, or removed it, while this one held the run. */
export function meddled(path: string, what: string): Refusal {
  return new Refusal(
    'state_unwritable',
    `${path} was ${what} while this command held the run.`,
    'See that nothing else writes there, and repeat the command.',
  );
}

/** A clock that was set back makes it as young as can be. */
function heldFor({ since }: Holder): string {
  return formatDuration(Math.max(0, Date.now() - Date.parse(since)));
}

export function busy(holder: Holder): Refusal {
  const who =
    holder.pid > 0
      ? `\`${holder.command}\` (pid ${holder.pid}) has held the run for ${heldFor(holder)}`
      : 'Another command holds the run';
  return new Refusal(
    'run_busy',
    `${who}.`,
    'Wait until it has ended, or repeat the command with --wait.',
  );
}
