/** One webhook: what is told it goes out one after the other, each tried three times. Its address is never said. */
import { setTimeout as delay } from 'node:timers/promises';
import { requestOverHttp } from '../../system/http.ts';
import { formatDuration } from '../../terms/duration.ts';

export interface Delivery {
  /** What is said of it where it could not be delivered: `fault_injected`. */
  name: string;
  path: string;
  body: string;
}

export interface WebhookLimits {
  /** Before the second try, before the third one, …; milliseconds. */
  waitsMs: readonly number[];
  /** For an answer; milliseconds. */
  answerMs: number;
  /** For all that is left when the command is done; milliseconds. */
  flushMs: number;
}

const LIMITS: WebhookLimits = { waitsMs: [500, 1500], answerMs: 5000, flushMs: 12_000 };

export interface WebhookAddress {
  /** For messages: the environment variable that holds the address. */
  name: string;
  url: string;
  headers: Record<string, string>;
}

export class Webhook {
  readonly #address: WebhookAddress;
  readonly #warn: (text: string) => void;
  readonly #limits: WebhookLimits;
  readonly #stop = new AbortController();
  readonly #waiting: Delivery[] = [];
  #work: Promise<void> | null = null;

  constructor(address: WebhookAddress, warn: (text: string) => void, limits = LIMITS) {
    this.#address = address;
    this.#warn = warn;
    this.#limits = limits;
  }

  send(delivery: Delivery): void {
    this.#waiting.push(delivery);
    this.#work ??= this.#deliverAll().finally(() => {
      this.#work = null;
    });
  }

  /** Resolves when all is delivered or given up. Never rejects. */
  async flush(signal: AbortSignal): Promise<void> {
    if (!this.#work) return;
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    await Promise.race([
      this.#work,
      delay(this.#limits.flushMs, undefined, { signal: either }).catch(() => {}),
    ]);
    over.abort();
    if (!this.#work) return;
    this.#stop.abort();
    await this.#work;
  }

  async #deliverAll(): Promise<void> {
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      const failure = await this.#deliver(next);
      if (this.#stop.signal.aborted && failure !== null) break;
      this.#waiting.shift();
      if (failure !== null)
        this.#warn(
          `notify ${this.#address.name}: ${next.name} was not delivered: ${failure} (tried ${this.#limits.waitsMs.length + 1} times).`,
        );
    }
    const left = this.#waiting.splice(0).map(({ name }) => name);
    if (left.length > 0)
      this.#warn(`notify ${this.#address.name}: ${left.join(', ')} not delivered in time.`);
  }

  /** Null: delivered; else why not. */
  async #deliver(delivery: Delivery): Promise<string | null> {
    let failure = await this.#post(delivery);
    for (const waitMs of this.#limits.waitsMs) {
      if (failure === null || this.#stop.signal.aborted) return failure;
      await delay(waitMs, undefined, { signal: this.#stop.signal }).catch(() => {});
      failure = this.#stop.signal.aborted ? failure : await this.#post(delivery);
    }
    return failure;
  }

  async #post({ path, body }: Delivery): Promise<string | null> {
    const { url, headers } = this.#address;
    const limit = AbortSignal.timeout(this.#limits.answerMs);
    const answer = await requestOverHttp({
      url: `${url}${path}`,
      headers: { 'content-type': 'application/json', ...headers },
      body,
      signal: AbortSignal.any([this.#stop.signal, limit]),
    });
    if (limit.aborted) return `no answer within ${formatDuration(this.#limits.answerMs)}`;
    if ('error' in answer) return (answer.error as NodeJS.ErrnoException).code ?? 'no answer';
    return answer.status >= 200 && answer.status < 300 ? null : `answered ${answer.status}`;
  }
}
