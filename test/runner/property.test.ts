import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { type Instance, label } from '../../src/fault/instance.ts';
import { untoldAbort } from '../../src/run/aborts.ts';
import type { Story } from '../../src/story/story.ts';
import { disturbedTurns, stories, type Turn, turns } from './arbitrary.ts';
import { type Outcome, Theatre } from './theatre.ts';

/** What must be as it was: not the incarnation, which a restart changes, but all that a user would miss. */
function shapesOf(instances: Instance[]) {
  return instances.map(({ id, owner, record, ...rest }) => {
    const { name, service, number, state, health, restarted_by } = rest;
    // One that its owner has made anew is as good.
    const which = owner ?? id;
    return { which, name, service, number, state, health, restarted_by, networks: record.networks };
  });
}

/** The stack as nobody has touched it. */
async function untouched(story: Story) {
  const theatre = new Theatre(story);
  await theatre.engine.up();
  await theatre.wait(1000);
  return shapesOf(await theatre.instances());
}

async function play(
  theatre: Theatre,
  { command, peril, pauseMs, abortAfterMs }: Turn,
): Promise<Outcome> {
  const before = theatre.run;
  theatre.abortAfterMs = abortAfterMs;
  const outcome = await theatre.give(command, peril);
  theatre.abortAfterMs = null;
  expect(theatre.unlawful, 'intent before deed, on recorded targets alone').to.deep.equal([]);
  expect(theatre.journal.reread(), 'the lines alone give the same run').to.deep.equal(theatre.run);
  if (outcome.ended !== 'dead' && theatre.run?.position.phase === 'entering') {
    expect(theatre.run.position, 'only a dead command leaves a chapter half entered').to.deep.equal(
      before?.position,
    );
  }
  const after = theatre.run;
  const faultsBefore = before?.id === after?.id ? before?.fault_count : 0;
  const isAborted = after?.position.failure?.code === 'aborted';
  if (
    outcome.ended === 'refused' &&
    outcome.code === 'interrupted' &&
    after?.fault_count === faultsBefore &&
    !isAborted
  ) {
    expect(after?.position.phase, 'a cancelled chapter has not failed').to.be.oneOf([
      'entered',
      before?.position.phase,
    ]);
  }
  await theatre.wait(pauseMs);
  return outcome;
}

/** A recover that ends with an abort which nobody has been told of has done its work all the same. */
async function recoverAll(theatre: Theatre): Promise<Outcome> {
  const untold = untoldAbort(theatre.run);
  const outcome = await theatre.give({ do: 'recover', which: 'all' });
  if (untold === null || theatre.live().length > 0) return outcome;
  expect(outcome).to.include({ ended: 'refused', code: 'aborted' });
  expect(untoldAbort(theatre.run)).to.equal(null);
  return { ended: 'well' };
}

describe('stage: any sequence of commands, each with any peril', function () {
  this.timeout(240_000);

  it('never breaks what the journal does not say, and one recover mends all of it', async () => {
    await fc.assert(
      fc.asyncProperty(stories, turns, async (story, sequence) => {
        const theatre = new Theatre(story);
        for (const turn of sequence) {
          await play(theatre, turn);
          const held = new Set(
            theatre.live().flatMap(({ targets }) => targets.map(({ id }) => id)),
          );
          for (const each of await theatre.instances()) {
            if (!['running', 'created'].includes(each.state))
              expect(held, `${label(each)} is ${each.state}, and the journal knows it`).to.include(
                each.id,
              );
          }
        }

        await theatre.wait(5000);
        const deeds = theatre.deeds.length;
        // An intent without its fact comes last, so that it holds up none of the others.
        const known = theatre
          .live()
          .filter(({ phase }) => phase !== 'injecting')
          .map(({ id }) => id);
        const runsOn = theatre.run?.finished_at === null;
        if (runsOn) expect(await recoverAll(theatre)).to.deep.equal({ ended: 'well' });
        expect(theatre.live()).to.deep.equal([]);
        const undone = theatre.deeds
          .slice(deeds)
          .filter(({ fault }) => known.includes(fault))
          .map(({ fault }) => Number(fault.slice(1)));
        expect(undone, 'last in, first out').to.deep.equal(undone.toSorted((a, b) => b - a));
        if (runsOn) {
          const lines = theatre.journal.lines.length;
          expect(await theatre.give({ do: 'recover', which: 'all' })).to.deep.equal({
            ended: 'well',
          });
          expect(theatre.journal.lines.length, 'a second recover has nothing to do').to.equal(
            lines,
          );
        }
        if (story.engine === 'process') {
          // Whatever became of the processes, the next command that needs them has them, or says why not; reset leaves none behind.
          const isStopping = theatre.run?.stack_change === 'stopping';
          const begun = await theatre.give({ do: 'workload', to: 'start' });
          if (isStopping) {
            expect(begun).to.include({ ended: 'refused', code: 'stack_unfinished' });
            await theatre.give({ do: 'reset' });
            await theatre.give({ do: 'workload', to: 'start' });
          }
        }
        await theatre.wait(1000);
        expect(shapesOf(await theatre.instances())).to.deep.equal(await untouched(story));
        if (story.engine === 'process') {
          expect(await theatre.give({ do: 'reset' })).to.deep.equal({ ended: 'well' });
          for (const each of await theatre.instances()) expect(each.state).to.equal('created');
        }
        expect(theatre.unlawful).to.deep.equal([]);
      }),
      { numRuns: 1500 },
    );
  });

  it('mends its own also where others meddle, touches nothing of theirs, and says of the rest that it is not verified', async () => {
    await fc.assert(
      fc.asyncProperty(stories, disturbedTurns, async (story, sequence) => {
        const theatre = new Theatre(story);
        await theatre.engine.up();
        const meddledWith = new Set<string>();
        for (const turn of sequence) {
          if ('meddle' in turn) {
            const instance = (await theatre.instances())[turn.which];
            if (!instance || instance.state === 'created') continue;
            meddledWith.add(instance.id);
            if (turn.meddle === 'recreate') theatre.engine.recreate(instance.id);
            else if (turn.meddle === 'remove') theatre.engine.remove(instance.id);
            else theatre.engine.meddle(turn.meddle, instance.id);
            await theatre.wait(200);
            continue;
          }
          await play(theatre, turn);
        }

        await theatre.wait(5000);
        if (theatre.run?.finished_at === null) {
          const outcome = await recoverAll(theatre);
          const present = new Set((await theatre.instances()).map(label));
          for (const fault of theatre.live()) {
            expect(outcome).to.have.property('code', 'not_verified');
            expect(fault.phase).to.equal('unverified');
            // What has no successor, or one that is down, cannot be proven well.
            // An owner has to be whole, whoever is to blame for one of its instances.
            const fellows = story.engine === 'swarm' ? await theatre.instances() : [];
            const whole = [...fault.targets, ...fault.before, ...fellows].every(
              (each) => present.has(label(each)) && !meddledWith.has(each.id),
            );
            expect(whole, `${fault.id} is unverified without a reason: ${fault.reason}`).to.equal(
              false,
            );
          }
          if (theatre.live().length === 0) expect(outcome).to.deep.equal({ ended: 'well' });
          expect(await theatre.give({ do: 'close', which: 'all' })).to.deep.equal({
            ended: 'well',
          });
        }
        expect(theatre.live()).to.deep.equal([]);
        await theatre.wait(1000);
        for (const each of await theatre.instances()) {
          if (!meddledWith.has(each.id) && each.state !== 'created')
            expect(each, label(each)).to.include({ state: 'running' });
        }
      }),
      { numRuns: 1500 },
    );
  });
});
