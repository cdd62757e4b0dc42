/**
 * `npm run demo`: plays the story of examples/embedded from its first chapter to its last, with no key press, and leaves
 * nothing behind. `npm run demo -- --engine compose` plays it on Docker, on containers that it starts and removes.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../examples/embedded/', import.meta.url));
const gameday = fileURLToPath(new URL('../bin/run.js', import.meta.url));
const flags = process.argv.slice(2);
const onDocker = flags.join(' ').includes('engine compose') || flags.includes('--engine=compose');

/** A signal goes to the whole group, so that the child ends in order; this process waits for it. */
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

const run = (program: string, args: string[]): number =>
  spawnSync(program, args, { cwd: folder, stdio: 'inherit' }).status ?? 1;
const play = (...args: string[]): number => run(process.execPath, [gameday, ...args, ...flags]);

let code = onDocker ? run('docker', ['compose', 'up', '--detach', '--wait']) : 0;
try {
  code ||= play('chapter', 'play', '--auto');
} finally {
  const reset = play('chapter', 'reset');
  if (onDocker) run('docker', ['compose', 'down', '--timeout', '1']);
  code ||= reset;
}
process.exitCode = code;
