/**
 * Starts single instances.
 * Lacks on purpose: which instances there should be, and whether they are well; that is `process.ts`. How one ends: `process-end.ts`.
 */
import { closeSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { EngineError, Refusal } from '../../terms/outcomes.ts';
import { endStrays, sweep } from './process-end.ts';
import { MARK, startKeeper } from './process-keeper.ts';
import { lastWords, logPath, openLog } from './process-log.ts';
import { portOf, type Wanted } from './process-plan.ts';
import { nextGeneration, readGeneration, readStanding, removeFolder } from './process-record.ts';
import { until } from './process-signal.ts';

const START_MS = 10_000;
/** What the file system says when the folder is not ours to write, or full. */
const UNWRITABLE = ['EACCES', 'EDQUOT', 'ENOSPC', 'EPERM', 'EROFS'];

export interface StartOptions {
  /** Empties the log. */
  fresh: boolean;
  /** The port that it is to listen on, asked for when nothing of the instance runs any more; null: none. Throws as this start does. */
  claim(): Promise<number | null>;
}

/**
 * Starts the command anew and returns once it is recorded. Nothing of the instance may be running.
 * Throws EngineError (definite), or Refusal (`state_unwritable`); then nothing runs.
 */
export async function startInstance(
  stateDir: string,
  { id, service, number, spec }: Wanted,
  { fresh, claim }: StartOptions,
): Promise<void> {
  if (!statSync(spec.working_dir, { throwIfNoEntry: false })?.isDirectory()) {
    const next = `Make the folder, or change \`services.${service}.working_dir\` in the story.`;
    throw new EngineError(`${id} cannot be started: there is no folder ${spec.working_dir}.`, {
      definite: true,
      reason: 'ENOENT',
      next,
    });
  }
  const before = readStanding(stateDir, id);
  if (before) await sweep(before);
  if (before?.generation) await endStrays(before.generation);
  let gone: string | null = null;
  let folder: string;
  try {
    const port = await claim();
    const instanceFolder = join(stateDir, id);
    mkdirSync(instanceFolder, { recursive: true, mode: 0o700 });
    folder = nextGeneration(instanceFolder);
    const env = {
      ...spec.env,
      GAMEDAY_SERVICE: service,
      GAMEDAY_NUMBER: String(number),
      [MARK]: folder,
      ...(port && { PORT: String(port), GAMEDAY_PORT: String(portOf(spec, number)) }),
    };
    const log = openLog(logPath(stateDir, id), fresh);
    try {
      const keeper = startKeeper({
        folder,
        command: spec.command,
        working_dir: spec.working_dir,
        env,
        restart: spec.restart,
        log,
      });
      keeper.gone.then((how) => {
        gone = how;
      });
    } finally {
      closeSync(log);
    }
  } catch (error) {
    throw startFailure(stateDir, id, error as NodeJS.ErrnoException);
  }
  const isRecorded = () => (readGeneration(folder)?.command ?? null) !== null;
  await until(() => isRecorded() || gone !== null, START_MS);
  if (!isRecorded()) {
    const why =
      gone === null
        ? `it did not begin within ${START_MS / 1000} s`
        : `its keeper ended with ${gone}`;
    const standing = readStanding(stateDir, id);
    if (standing) await sweep(standing);
    const log = logPath(stateDir, id);
    throw new EngineError(`${id} could not be started: ${why}.${lastWords(log)}`, {
      definite: true,
      next: `Look at ${log}.`,
    });
  }
  if (before?.generation) removeFolder(before.generation.folder);
}

function startFailure(stateDir: string, id: string, error: NodeJS.ErrnoException): Error {
  if (error instanceof EngineError) return error;
  const refusal = error.syscall?.startsWith('spawn') ? null : unwritable(stateDir, error);
  if (refusal) return refusal;
  const code = error.code ?? error.message;
  const next =
    code === 'E2BIG'
      ? 'Its command and its environment are too long for the system.'
      : 'Try again.';
  return new EngineError(
    `${id} could not be started: ${code}.`,
    { definite: true, reason: code, next },
    { cause: error },
  );
}

/** The Refusal that such an error of the file system is, or null for any other. */
export function unwritable(stateDir: string, error: unknown): Refusal | null {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (!UNWRITABLE.includes(code)) return null;
  const next = 'Give the disk room or the folder its rights back, or use another --state-dir.';
  return new Refusal('state_unwritable', `${stateDir} cannot be written: ${code}.`, next, [], {
    cause: error,
  });
}
