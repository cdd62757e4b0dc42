/** What comes back for one request, and what it means for the operation. */
import type { Dispatcher } from 'undici';
import { errorKind } from '../error-kinds.ts';
import type { Operation } from '../pace/open-loop.ts';
import { isNotDone } from '../pace/target-pool.ts';
import type { TracedRequest } from '../request-trace.ts';
import type { Request } from './http-request.ts';

/** So much of a body is looked at. */
const MOST_BODY = 1_048_576;

export class ResponseHandler implements Dispatcher.DispatchHandler {
  readonly #operation: Pick<Operation, 'settled' | 'settle' | 'undone' | 'abort'>;
  readonly #isExpected: Request['isExpected'];
  readonly #wanted: string | null;
  readonly #body: Buffer[] | null;
  readonly #traced: TracedRequest | null;
  #length = 0;
  #status = 0;
  #sent = false;

  /** `wanted`: a text that must be in the body. `keepsBody`: it is asked for afterwards. `traced`: is told what came of it. */
  constructor(
    operation: Pick<Operation, 'settled' | 'settle' | 'undone' | 'abort'>,
    isExpected: Request['isExpected'],
    wanted: string | null,
    { keepsBody = false, traced = null }: { keepsBody?: boolean; traced?: TracedRequest | null },
  ) {
    this.#operation = operation;
    this.#isExpected = isExpected;
    this.#wanted = wanted;
    this.#body = wanted !== null || keepsBody ? [] : null;
    this.#traced = traced;
  }

  get text(): string {
    return Buffer.concat(this.#body ?? []).toString('utf8');
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#sent = true;
    // It may have waited for a free connection until its time was up.
    if (this.#operation.settled) controller.abort(new Error('timed out'));
    else this.#operation.abort = () => controller.abort(new Error('timed out'));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    this.#status = status;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#body || this.#length >= MOST_BODY) return;
    this.#body.push(chunk);
    this.#length += chunk.length;
  }

  onResponseEnd(): void {
    const error = this.#wrong();
    this.#traced?.end(this.#status, error);
    if (error !== null && isNotDone(error)) this.#operation.undone(error);
    else this.#operation.settle(error);
  }

  #wrong(): string | null {
    if (!this.#isExpected(this.#status)) return `status ${this.#status}`;
    return this.#wanted !== null && !this.text.includes(this.#wanted) ? 'wrong body' : null;
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const kind = errorKind(error);
    // Its time was up: that was counted, and has ended it.
    const isLate = this.#operation.settled;
    this.#traced?.end(this.#status || null, isLate ? 'timeout' : kind);
    if (kind !== 'timeout' && (!this.#sent || isNotDone(kind))) this.#operation.undone(kind);
    else this.#operation.settle(kind);
  }
}
