/** What is said of an error, whatever it is: a refusal, a wrong flag, or a bug of ours; and what is broken by then. */
import { readRun } from '../journal/index.ts';
import { liveFaults } from '../run/run.ts';
import { CODES, type ErrorReport, errorReport } from '../terms/outcomes.ts';
import { faultWords } from '../view/fault-results.ts';

export interface Circumstances {
  version: string;
  /** The journal, or the state folder; null where none is known. */
  journal: string | null;
  /** The command that shows how this one is typed. */
  help: string;
}

export function describeError(
  error: Error & { oclif?: { exit?: number } },
  { version, journal, help }: Circumstances,
): ErrorReport {
  const known = errorReport(error);
  if (known) return known;
  const missing = missingArguments(error);
  if (missing !== null)
    return { code: 'usage', message: missing, next: help, exit: CODES.usage.exit };
  if (error.oclif?.exit === CODES.usage.exit || 'parse' in error) {
    const message = error.message.replace(/\n?See more help with --help/, '');
    return { code: 'usage', message, next: help, exit: CODES.usage.exit };
  }
  const debug = Boolean(process.env.DEBUG);
  return {
    code: 'bug',
    message: `gameday ${version} failed: ${error.message}${debug ? `\n${error.stack}` : ''}`,
    next: `Please report this with the version${journal ? ` and the journal in ${journal}` : ''}${debug ? '' : '; DEBUG=1 shows where it happened'}.`,
    exit: CODES.bug.exit,
  };
}

/** oclif adds a note about flags that can be given several times, whichever argument is missing. Null: none is. */
function missingArguments(error: Error): string | null {
  const { args } = error as { args?: { name: string; description?: string }[] };
  if (error.constructor.name !== 'RequiredArgsError' || !args) return null;
  return args
    .map(({ name, description }) => `${name.toUpperCase()} is missing: ${description ?? name}.`)
    .join('\n');
}

/** What is broken by now, read back from the journal: an error must never hide it. */
export function stillLive(stateDir: string | null): string[] {
  if (!stateDir) return [];
  try {
    const { run } = readRun(stateDir);
    return run ? liveFaults(run).map(faultWords) : [];
  } catch {
    return []; // The journal itself is what the error is about.
  }
}
