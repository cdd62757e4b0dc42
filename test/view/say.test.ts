import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Event, EventBody } from '../../src/run/events.ts';
import type { Doing, RunnerEvent, Step } from '../../src/run/progress.ts';
import { Sayer } from '../../src/view/say/say.ts';

const recover = (fault: string): Doing => ({
  do: 'recover',
  fault,
  kind: 'kill',
  targets: ['web-1'],
  wait: null,
});
const failed = (fault: string, message: string, interrupted = false): Step => ({
  type: 'step',
  id: ['recover', fault],
  phase: 'failed',
  doing: recover(fault),
  error: { message, interrupted },
});
const texts = (sayer: Sayer, event: RunnerEvent) =>
  sayer
    .say(event)
    .flatMap((said) => (said.say === 'step' ? said.text : said.say === 'lines' ? said.lines : []));
const recorded = (body: EventBody): RunnerEvent => ({
  type: 'recorded',
  event: { v: 1, seq: 1, at: '2026-11-24T10:00:00.000Z', ...body } as Event,
});

describe('view: what is said', () => {
  it('leaves the first failure to the error that the command ends with, and says the others', () => {
    const sayer = new Sayer();
    expect(texts(sayer, failed('f2', 'web-1 is exited'))).to.deep.equal(['f2 is still live']);
    expect(texts(sayer, failed('f1', 'web-2 is gone'))).to.deep.equal([
      'f1 is still live: web-2 is gone',
    ]);
    expect(sayer.rest(new Error('web-1 is exited'))).to.equal(null);
  });

  it('says it after all where the command ends with something else', () => {
    for (const error of [null, new Error('Ended by SIGINT.')]) {
      const sayer = new Sayer();
      texts(sayer, failed('f2', 'web-1 is exited'));
      expect(sayer.rest(error)).to.equal('web-1 is exited');
      expect(sayer.rest(error)).to.equal(null);
    }
  });

  it('says of recorded events what no step says: an abort, a cancelled chapter, a fault that was given up', () => {
    const sayer = new Sayer();
    const abort = {
      type: 'run.aborted',
      condition: 'errors > 20% for 3s',
      measured: 'errors 43% over the last 3s',
      value: 43,
      faults: ['f1'],
      by: 'command',
    } satisfies EventBody;
    expect(texts(sayer, recorded(abort))).to.deep.equal([
      'Aborted: errors 43% over the last 3s (abort_if: errors > 20% for 3s)',
    ]);
    expect(
      texts(sayer, recorded({ type: 'chapter.cancelled', chapter: 'c', index: 1, reason: 'x' })),
    ).to.deep.equal(['Chapter cancelled: the run stands where it stood before']);
    const closed = {
      type: 'fault.recovered',
      fault: 'f1',
      outcome: 'closed',
      reason: 'by hand',
      took_ms: 0,
    } as const;
    expect(texts(sayer, recorded(closed))).to.deep.equal(['f1 closed: by hand']);
    expect(texts(sayer, recorded({ ...closed, outcome: 'verified' }))).to.deep.equal([]);
  });

  it('names what a failed recovery has left, under the narration of the next chapter', () => {
    const [said] = new Sayer().say({
      type: 'chapter',
      index: 7,
      of: 8,
      id: 'end',
      title: 'End',
      narration: 'All is well again.',
      unverified: [{ fault: 'f1', kind: 'kill', targets: ['web-1'] }],
    });
    expect(said).to.deep.equal({
      say: 'chapter',
      title: '[8/8] End',
      narration: [
        'All is well again.',
        'Not recovered yet, whatever is said above: f1: kill web-1',
      ],
    });
  });

  it('says what a recovery waits for, and how to end the wait', () => {
    const wait = {
      waits_for: 'workload',
      unmet: ['throughput 42% of baseline'],
      left_ms: 21_400,
    } as const;
    const step: Step = {
      type: 'step',
      id: ['recover', 'f1'],
      phase: 'running',
      doing: { ...recover('f1'), wait: { ...wait, unmet: [...wait.unmet] } } as Doing,
    };
    expect(texts(new Sayer(), step)).to.deep.equal([
      'waiting for the workload: throughput 42% of baseline (another 22s at most; Ctrl-C leaves f1 live)',
    ]);
  });
});
