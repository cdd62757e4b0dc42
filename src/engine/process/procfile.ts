/**
 * A Procfile as services of the embedded engine. Pure. Ports are handed out as foreman does: 5000, 5100, and so on.
 * A Procfile's lines are shell commands by its own rules: one that needs a shell goes through `sh -c`, plain words
 * go to the system as they are, so that no shell stands between a signal and the program.
 */

import type { ProcessService } from '../../story/story.ts';
import { type Problem, Refusal } from '../../terms/outcomes.ts';

const LINE = /^([A-Za-z0-9][A-Za-z0-9_-]*):\s*(\S.*)$/;
/** Anything but plain words: quotes, variables, pipes, lists, redirections, patterns; a variable set in front; a word of the shell's own. */
const NEEDS_SHELL =
  /[^\w\s.,:/@%+=-]|^\w+=|^(?:\.|cd|eval|exec|export|for|if|set|source|time|trap|ulimit|umask|until|while)\s/;
const HINT = 'Write `web: node server.js`.';
const FIRST_PORT = 5000;
const PORT_STEP = 100;

/** `workingDir` is absolute. Throws Refusal (`invalid_story`) that lists every bad line. */
export function parseProcfile(text: string, workingDir: string): Record<string, ProcessService> {
  const services: Record<string, ProcessService> = {};
  const problems: Problem[] = [];
  const say = (line: number, path: string, message: string) =>
    problems.push({ line, column: 1, path, message, hint: HINT });
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  for (const [index, raw] of lines.entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const [, name, command] = LINE.exec(line) ?? [];
    if (name === undefined || command === undefined)
      say(index + 1, '', 'this is not a line of the form `name: command`');
    else if (Object.hasOwn(services, name))
      say(index + 1, name, `there is a process ${name} already`);
    else
      services[name] = {
        command: NEEDS_SHELL.test(command) ? ['sh', '-c', command] : command.split(/\s+/),
        replicas: 1,
        port: FIRST_PORT + PORT_STEP * Object.keys(services).length,
        env: {},
        health: null,
        restart: 'no',
        working_dir: workingDir,
      };
  }
  if (problems.length === 0 && Object.keys(services).length === 0)
    say(1, '', 'the Procfile names no process');
  if (problems.length > 0)
    throw new Refusal(
      'invalid_story',
      'The Procfile has problems.',
      'Correct the lines that are named.',
      problems,
    );
  return services;
}
