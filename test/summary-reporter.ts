/**
 * Mocha's Spec reporter with a closing line in one fixed form, `N passed, N failed, N skipped`, and the reason where the
 * Docker tests were skipped. GAMEDAY_TEST_SUMMARY names a file that takes the line instead, for a script that prints it last.
 */
import { appendFileSync } from 'node:fs';
import Mocha from 'mocha';
import { FOUND } from './docker/docker.ts';

class SummaryReporter extends Mocha.reporters.Spec {
  /** Tests that passed at the second try only, with what the first one said. They are named, since a retry must hide nothing. */
  readonly #retried: string[] = [];

  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    runner.on(Mocha.Runner.constants.EVENT_TEST_RETRY, (test: Mocha.Test, error: Error) => {
      this.#retried.push(`${test.titlePath().join(': ')}: ${error?.message ?? 'no reason given'}`);
    });
  }

  override epilogue(): void {
    super.epilogue();
    for (const retried of this.#retried) process.stdout.write(`Tried twice: ${retried}\n`);
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
