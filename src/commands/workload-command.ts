/** What the commands of the topic `workload` have beyond the others: what was measured, earlier runs, and a watchdog of their own. */

import { findStateDir } from '../app/locate.ts';
import { measuredSince } from '../app/measure.ts';
import type { ForegroundEnd, ForegroundOptions } from '../app/watchdog/foreground.ts';
import type { Reference } from '../impact/abort-condition.ts';
import type { Window } from '../impact/windows.ts';
import { type CommonFlags, GamedayCommand, WAIT_MS } from './base-command.ts';

export abstract class WorkloadCommand extends GamedayCommand {
  /** What the watchdog of the run with this journal has measured since then (epoch milliseconds). */
  protected measured(journalPath: string | null, sinceMs: number): Window[] {
    return journalPath === null ? [] : measuredSince(journalPath, sinceMs);
  }

  /** The baseline of an earlier run in the same state folder. */
  protected async earlierBaseline(flags: CommonFlags, id: string): Promise<Reference> {
    const { readEarlierBaseline } = await import('../app/earlier-run.ts');
    return readEarlierBaseline(findStateDir(flags, process.cwd()), id);
  }

  /** The load and its watchdog in this process, until one of them is ended. `show` is called once a second. */
  protected async inForeground(
    flags: CommonFlags,
    wish: { baseline: number | Reference | null; forMs: number | null },
    show: () => void,
  ): Promise<ForegroundEnd> {
    const { runInForeground } = await import('../app/watchdog/foreground.ts');
    const { transition } = await import('../app/transition.ts');
    const place = await this.place(flags);
    return this.interruptible((signal) => {
      const run: ForegroundOptions['transition'] = async (
        { launch, ends = false, waitMs },
        work,
      ) => {
        const till = ends ? new AbortController().signal : signal;
        const how = {
          launch,
          waitMs: flags.wait ? WAIT_MS : waitMs,
          beginsRun: launch !== undefined,
          mends: ends,
          revives: !ends,
          signal: till,
        };
        return transition({ ...(await this.transitionOptions(place, flags)), ...how }, work);
      };
      const readRun = () => this.readRun(flags).run;
      return runInForeground(
        {
          signal,
          forMs: wish.forMs,
          transition: run,
          readRun,
          show,
          note: (text) => this.note(text),
        },
        wish.baseline,
      );
    });
  }
}
