/**
 * Mocha's Spec reporter with a closing line in one fixed form, `N passed, N failed, N skipped`, and the reason where the
 * Docker tests were skipped, after the files that took longest (their tests and hooks, without loading). GAMEDAY_TEST_SUMMARY names a file that takes the line instead, for a script that prints it last.
 */
import { appendFileSync } from 'node:fs';
import { relative } from 'node:path';
import Mocha from 'mocha';
import { FOUND } from './docker/docker.ts';

const LONGEST = 25;

class SummaryReporter extends Mocha.reporters.Spec {
  /** Tests that passed at the second try only, with what the first one said. They are named, since a retry must hide nothing. */
  readonly #retried: string[] = [];

  readonly #milliseconds = new Map<string, number>();

  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    runner.on(Mocha.Runner.constants.EVENT_TEST_RETRY, (test: Mocha.Test, error: Error) => {
      this.#retried.push(`${test.titlePath().join(': ')}: ${error?.message ?? 'no reason given'}`);
    });
    const count = ({ file, duration }: Mocha.Runnable) => {
      if (file) this.#milliseconds.set(file, (this.#milliseconds.get(file) ?? 0) + (duration ?? 0));
    };
    runner.on(Mocha.Runner.constants.EVENT_TEST_END, count);
    runner.on(Mocha.Runner.constants.EVENT_HOOK_END, count);
  }

  override epilogue(): void {
    super.epilogue();
    for (const retried of this.#retried) process.stdout.write(`Tried twice: ${retried}\n`);
    const longest = [...this.#milliseconds].sort((a, b) => b[1] - a[1]).slice(0, LONGEST);
    for (const [file, ms] of longest)
      process.stdout.write(`Took ${Math.round(ms / 1000)} s: ${relative('', file)}\n`);
    const { passes, failures, pending } = this.stats;
    const found: unknown = JSON.parse(process.env[FOUND] ?? 'null');
    if (typeof found === 'string')
      process.stdout.write(`The Docker tests were skipped: ${found}.\n`);
    const line = `${passes} passed, ${failures} failed, ${pending} skipped\n`;
    const file = process.env.GAMEDAY_TEST_SUMMARY;
    if (file) appendFileSync(file, line);
    else process.stdout.write(line);
  }
}

export default SummaryReporter;
