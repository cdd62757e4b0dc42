/** The pure part of several targets: endpoints that answer by a script, at once. */
import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { KeySequence } from '../../src/workload/pace/key-sequence.ts';
import type { Operation } from '../../src/workload/pace/open-loop.ts';
import { type Endpoints, isNotDone, TargetPool } from '../../src/workload/pace/target-pool.ts';
import { Ledger } from '../../src/workload/verify/ledger.ts';

/** Each endpoint answers well (null), or with an error; `undefined`: not at all, so that the loop gives it up. */
class Scripted implements Endpoints {
  readonly count: number;
  answers: (string | null | undefined)[];
  readonly sent: number[] = [];

  constructor(count: number) {
    this.count = count;
    this.answers = Array.from({ length: count }, () => null);
  }

  send(operation: Operation, endpoint: number): void {
    this.sent.push(endpoint);
    const answer = this.answers[endpoint];
    if (typeof answer === 'string' && isNotDone(answer)) operation.undone(answer);
    else if (answer !== undefined) operation.settle(answer);
  }

  async close(): Promise<void> {}
}

/** What the open loop does of one operation. */
function issue(pool: TargetPool): { ended: string | null | undefined; timeOut(): void } {
  const operation = {
    turn: 0,
    tries: 0,
    settled: false,
    ended: undefined as string | null | undefined,
    abort: null,
    settle(error: string | null) {
      if (this.settled) return;
      this.settled = true;
      this.ended = error;
      if (error === null) pool.done(this as never);
      else pool.failed(this as never, error);
    },
    undone(error: string) {
      if (!this.settled && !pool.retry(this as never, error)) this.settle(error);
    },
    timeOut() {
      this.settle('timeout');
    },
  };
  pool.issue(operation as never);
  return operation;
}

describe('several targets, in turn', () => {
  it('are used evenly, and nothing is tried again', () => {
    const endpoints = new Scripted(3);
    const pool = new TargetPool(endpoints, 'round_robin', null);
    endpoints.answers = [null, 'refused', null];
    const ended = Array.from({ length: 9 }, () => issue(pool).ended);
    expect(endpoints.sent).to.deep.equal([0, 1, 2, 0, 1, 2, 0, 1, 2]);
    expect(ended).to.deep.equal([
      null,
      'refused',
      null,
      null,
      'refused',
      null,
      null,
      'refused',
      null,
    ]);
  });
});

describe('several targets, with fail-over', () => {
  it('stays on one while it is well, also while it answers with errors of its own', () => {
    const endpoints = new Scripted(3);
    const pool = new TargetPool(endpoints, 'failover', null);
    for (const answer of [null, 'status 500', 'wrong body', 'err', null]) {
      endpoints.answers[0] = answer;
      expect(issue(pool).ended).to.equal(answer);
    }
    expect(endpoints.sent).to.deep.equal([0, 0, 0, 0, 0]);
  });

  for (const error of [
    'refused',
    'not connected',
    'unreachable',
    'readonly',
    'loading',
    'status 503',
  ]) {
    it(`takes an operation on to the next one after "${error}", and stays there`, () => {
      const endpoints = new Scripted(3);
      const pool = new TargetPool(endpoints, 'failover', null);
      endpoints.answers[0] = error;
      expect(issue(pool).ended).to.equal(null);
      expect(issue(pool).ended).to.equal(null);
      expect(endpoints.sent).to.deep.equal([0, 1, 1]);
    });
  }

  for (const error of ['reset', 'timeout']) {
    it(`counts "${error}" as an error, and sends the next operation to the next one`, () => {
      const endpoints = new Scripted(2);
      const pool = new TargetPool(endpoints, 'failover', null);
      endpoints.answers[0] = error;
      expect(issue(pool).ended).to.equal(error);
      expect(issue(pool).ended).to.equal(null);
      expect(endpoints.sent).to.deep.equal([0, 1]);
    });
  }

  it('is not pushed on by those that were under way where it left', () => {
    const endpoints = new Scripted(3);
    const pool = new TargetPool(endpoints, 'failover', null);
    endpoints.answers[0] = undefined;
    const hanging = Array.from({ length: 5 }, () => issue(pool));
    for (const each of hanging) each.timeOut();
    expect(issue(pool).ended).to.equal(null);
    expect(endpoints.sent.at(-1)).to.equal(1);
  });

  it('goes round once at most, and says the last error', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 6 }),
        fc.array(
          fc.array(fc.constantFrom(null, 'refused', 'readonly', 'reset', 'status 500'), {
            minLength: 6,
            maxLength: 6,
          }),
          { maxLength: 20 },
        ),
        (count, scripts) => {
          const endpoints = new Scripted(count);
          const pool = new TargetPool(endpoints, 'failover', null);
          for (const script of scripts) {
            endpoints.answers = script.slice(0, count);
            const before = endpoints.sent.length;
            const { ended } = issue(pool);
            const tried = endpoints.sent.slice(before);
            expect(new Set(tried).size).to.equal(tried.length);
            expect(ended).to.equal(endpoints.answers[tried.at(-1) as number]);
            // It gives up only where everything refuses.
            if (ended !== null && isNotDone(ended as string)) expect(tried).to.have.length(count);
          }
        },
      ),
    );
  });
});

describe('several targets, and the book of what was written', () => {
  /** Nothing but writes, all to one key. */
  const sequence = () =>
    new KeySequence([{ weight: 1, usesKey: true, isWrite: true }], {
      keys: 1,
      seed: 1,
      inTurn: true,
      firstValue: 0,
    });

  it('has what was acknowledged, and in doubt what was not', () => {
    const endpoints = new Scripted(1);
    const ledger = new Ledger(1);
    const pool = new TargetPool(endpoints, 'round_robin', sequence(), ledger);
    issue(pool);
    endpoints.answers = ['status 500'];
    issue(pool);
    endpoints.answers = [undefined];
    issue(pool).timeOut();
    expect([ledger.acknowledged, ledger.written]).to.deep.equal([1, 1]);
    expect([0, 1, 2, 3].map((write) => ledger.judge(0, write))).to.deep.equal([
      'well',
      'well',
      'well',
      'foreign',
    ]);
    endpoints.answers = [null];
    issue(pool);
    expect([0, 1, 2, 3].map((write) => ledger.judge(0, write))).to.deep.equal([
      'stale',
      'well',
      'well',
      'well',
    ]);
  });

  it('keeps a write in doubt whose first try may still come, though the second one was acknowledged', () => {
    const endpoints = new Scripted(2);
    const ledger = new Ledger(1);
    const pool = new TargetPool(endpoints, 'failover', sequence(), ledger);
    endpoints.answers = ['status 503', null];
    issue(pool);
    endpoints.answers = ['refused', null];
    for (let write = 1; write <= 2; write++) issue(pool);
    expect(ledger.acknowledged).to.equal(3);
    expect([0, 1, 2].map((write) => ledger.judge(0, write))).to.deep.equal([
      'well',
      'stale',
      'well',
    ]);
  });

  it('leaves out what stands under no key', () => {
    const ledger = new Ledger(1);
    const keyless = new KeySequence([{ weight: 1, usesKey: false, isWrite: true }], {
      keys: 1,
      seed: 1,
      inTurn: true,
      firstValue: 0,
    });
    issue(new TargetPool(new Scripted(1), 'round_robin', keyless, ledger));
    expect([ledger.acknowledged, ledger.written]).to.deep.equal([0, 0]);
  });
});
