/**
 * The alerts that a story expects, in the watchdog's loop of looks: from the moment that their chapter is entered, while its faults
 * live, and after them until they have resolved. What is told to a webhook is taken from the receiver.
 */
import { dueAlerts } from '../../run/due-alerts.ts';
import type { Run } from '../../run/run.ts';
import { type AlertSpec, alertKey } from '../../story/alert-spec.ts';
import { alertsOf } from '../../story/hypothesis-spec.ts';
import type { Chapter } from '../../story/story.ts';
import { lookAlert } from '../../workload/probe.ts';
import { AlertReceiver } from './alert-receiver.ts';
import { type Looked, LookLoop } from './look-loop.ts';

const ASK_EVERY_MS = 500;
const ASK_WITHIN_MS = 3000;
/** What is told is in memory, so that to look costs nothing. */
const TOLD_EVERY_MS = 100;

export interface AlertingOptions {
  chapters: readonly Chapter[];
  /** Of the file. */
  path: string;
  log(text: string): void;
}

export class AlertLoop {
  readonly #chapters: readonly Chapter[];
  readonly #loop: LookLoop;
  readonly #receivers = new Map<number, AlertReceiver>();
  #isWanted = false;

  constructor({ chapters, path, log }: AlertingOptions) {
    this.#chapters = chapters;
    const alerts = new Map(
      chapters.flatMap(({ hypothesis }) =>
        alertsOf(hypothesis).map((alert) => [alertKey(alert), alert] as const),
      ),
    );
    this.#loop = new LookLoop({
      what: 'alerts',
      path,
      log,
      begin: () => [...alerts].map(([name, alert]) => this.#looked(name, alert)),
      end: () => {
        for (const receiver of this.#receivers.values()) receiver.close();
        this.#receivers.clear();
      },
    });
  }

  /** Something of it is still to be seen, so that the watchdog stays. */
  get isWanted(): boolean {
    return this.#isWanted;
  }

  /** Begins or ends looking, as the run wants it; null: the end. Neither waits for a look nor throws. */
  set(run: Run | null): void {
    const firing = [...this.#loop.states].filter(([, state]) => state === 'met');
    const due = run === null ? [] : dueAlerts(run, this.#chapters, firing.length > 0, Date.now());
    this.#isWanted = due.includes('fault');
    this.#loop.set(run, due.length > 0);
  }

  #looked(name: string, alert: AlertSpec): Looked {
    const { from } = alert;
    if (from.source === 'webhook') {
      const receiver = this.#receiver(from.port);
      const look = async () => receiver.look(alert);
      return { name, timeout_ms: TOLD_EVERY_MS, interval_ms: TOLD_EVERY_MS, look };
    }
    const look = (signal: AbortSignal) => lookAlert(alert, from, ASK_WITHIN_MS, signal);
    return { name, timeout_ms: ASK_WITHIN_MS, interval_ms: ASK_EVERY_MS, look };
  }

  #receiver(port: number): AlertReceiver {
    let known = this.#receivers.get(port);
    if (!known) {
      known = new AlertReceiver(port);
      this.#receivers.set(port, known);
    }
    return known;
  }
}
