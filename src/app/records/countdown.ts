/** Lets other processes see a countdown of this one. What cannot be written is not seen there, and nothing else. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeRecord } from '../../journal/index.ts';
import { COUNTDOWN_FILE, type Countdown } from '../../run/countdown.ts';
import type { RunnerEvent } from '../../run/progress.ts';

export class CountdownRecord {
  readonly #path: string;
  #isWritten = false;

  constructor(runDir: string) {
    this.#path = join(runDir, COUNTDOWN_FILE);
  }

  show(event: RunnerEvent): void {
    if (event.type !== 'step' || event.doing.do !== 'countdown' || event.phase !== 'running')
      return;
    const { kind, targets, left_ms } = event.doing;
    const countdown: Countdown = {
      pid: process.pid,
      kind,
      targets: targets.map(({ label }) => label),
      ends_at: new Date(Date.now() + left_ms).toISOString(),
    };
    this.#isWritten = true;
    try {
      writeRecord(this.#path, countdown);
    } catch {
      // See above.
    }
  }

  end(): void {
    if (!this.#isWritten) return;
    try {
      rmSync(this.#path, { force: true });
    } catch {
      // It is known by its time and its pid to be over.
    }
  }
}
