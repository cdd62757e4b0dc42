/**
 * `npm test`, after the build: lint beside the tests, which wait most of their time. Fails where one of the two does. What lint
 * finds is shown as soon as it is known, and again at the end. Arguments go to mocha.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const MOCHA = join('node_modules', '.bin', 'mocha');

// Ctrl-C reaches both by itself, and they are waited for.
process.on('SIGINT', () => {});
const mocha = spawn(MOCHA, process.argv.slice(2), { stdio: 'inherit' });
const [[mochaCode], found] = await Promise.all([once(mocha, 'exit'), lint()]);
if (found) process.stderr.write(`${found}Lint failed.\n`);
process.exitCode = found ? 1 : (mochaCode ?? 1);

/** What is wrong; empty where nothing is. */
async function lint(): Promise<string> {
  const child = spawn('npm', ['run', 'lint'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [[code], ...said] = await Promise.all([
    once(child, 'exit'),
    text(child.stdout),
    text(child.stderr),
  ]);
  process.stderr.write(code === 0 ? 'Lint is clean.\n' : said.join(''));
  return code === 0 ? '' : said.join('');
}
