/**
 * `npm run demo`: plays the story of examples/embedded from its first chapter to its last, with no key press, then the
 * network faults of examples/slow-api, and leaves nothing behind. `npm run demo -- --engine compose` plays the first one
 * on Docker, on containers that it starts and removes; the second one is for local processes.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const example = (name: string) => fileURLToPath(new URL(`../examples/${name}/`, import.meta.url));
const gameday = fileURLToPath(new URL('../bin/run.js', import.meta.url));
const flags = process.argv.slice(2);
const onDocker = flags.join(' ').includes('engine compose') || flags.includes('--engine=compose');

/** A signal goes to the whole group, so that the child ends in order; this process waits for it. */
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

const run = (cwd: string, program: string, args: string[]): number =>
  spawnSync(program, args, { cwd, stdio: 'inherit' }).status ?? 1;

/** From the first chapter to the last; what a run that was cut off left is taken down. */
function play(name: string): number {
  const cwd = example(name);
  const chapter = (...args: string[]) =>
    run(cwd, process.execPath, [gameday, 'chapter', ...args, ...flags]);
  const docker = (...args: string[]) => (onDocker ? run(cwd, 'docker', ['compose', ...args]) : 0);
  let code = docker('up', '--detach', '--wait');
  try {
    code ||= chapter('play', '--auto');
  } finally {
    const reset = chapter('reset');
    docker('down', '--timeout', '1');
    code ||= reset;
  }
  return code;
}

process.exitCode = play('embedded') || (onDocker ? 0 : play('slow-api'));
