/** Whatever was thrown, as the one report that is printed: a refusal as it stands, oclif's own complaints as usage, the rest as a bug of ours. */
import { CODES, type ErrorReport, reportOf } from '../story/outcomes.ts';

export interface Told {
  /** The command as this host spells it. */
  command: string;
  /** Ours, not the host's. */
  version: string;
  /** Path of the journal or of the state folder, where it is known. */
  journal: string | null;
}

export function reportError(error: Error & { oclif?: { exit?: number } }, { command, version, journal }: Told): ErrorReport {
  const known = reportOf(error);
  if (known) return known;
  if (error.oclif?.exit === CODES.usage.exit || 'parse' in error) {
    const message = error.message.replace(/\n?See more help with --help/, '');
    return { code: 'usage', message, next: `${command} --help`, exit: CODES.usage.exit };
  }
  const debug = Boolean(process.env.DEBUG);
  return {
    code: 'bug',
    message: `gameday ${version} failed: ${error.message}${debug ? `\n${error.stack}` : ''}`,
    next: `Please report this with the version${journal ? ` and the journal in ${journal}` : ''}${debug ? '' : '; DEBUG=1 shows where it happened'}.`,
    exit: CODES.bug.exit,
  };
}
