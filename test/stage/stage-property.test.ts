import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { type Instance, label } from '../../src/story/target.ts';
import { stories, turns } from './arbitrary.ts';
import { Theatre } from './theatre.ts';

/** What must be as it was: not the incarnation, which a restart changes, but all that a user would miss. */
const shape = ({ id, name, service, number, state, health, restart_policy, networks }: Instance) => ({
  id,
  name,
  service,
  number,
  state,
  health,
  restart_policy,
  networks,
});

describe('stage: any sequence of commands, each with any peril', function () {
  this.timeout(240_000);

  it('never breaks what the journal does not say, and one recover mends all of it', async () => {
    await fc.assert(
      fc.asyncProperty(stories, turns, async (story, sequence) => {
        const theatre = new Theatre(story);
        const ownsStack = story.engine === 'process';
        for (const { command, peril, pauseMs } of sequence) {
          const faultsBefore = theatre.run?.fault_count ?? 0;
          const outcome = await theatre.give(command, peril);

          expect(theatre.unlawful, 'intent before deed, on recorded targets alone').to.deep.equal([]);
          expect(theatre.journal.reread(), 'the lines alone give the same run').to.deep.equal(theatre.run);
          if (outcome.ended !== 'dead' && theatre.run) {
            expect(theatre.run.position.phase, 'nobody enters a chapter any more').to.not.equal('entering');
            if (peril.kind === 'signal' && theatre.run.fault_count === faultsBefore && outcome.ended === 'refused' && outcome.code === 'interrupted')
              expect(theatre.run.position.phase).to.not.equal('failed');
          }
          const held = new Set(theatre.live().flatMap(({ targets }) => targets.map(({ id }) => id)));
          if (!ownsStack)
            for (const each of await theatre.instances())
              if (each.state !== 'running') expect(held, `${label(each)} is ${each.state}, and the journal knows it`).to.include(each.id);
          await theatre.wait(pauseMs);
        }

        await theatre.wait(5000);
        const runsOn = theatre.run !== null && theatre.run.finished_at === null;
        const first = theatre.deeds.length;
        if (runsOn) {
          const outcome = await theatre.give({ do: 'recover', which: 'all' });
          expect(outcome, 'error' in outcome ? outcome.error.message : '').to.deep.equal({ ended: 'well' });
        }
        expect(theatre.live()).to.deep.equal([]);
        const undone = theatre.deeds.slice(first).map(({ fault }) => Number(fault.slice(1)));
        expect(undone, 'last in, first out').to.deep.equal(undone.toSorted((a, b) => b - a));
        await theatre.wait(1000);
        const fresh = new Theatre(story);
        if (ownsStack) await fresh.engine.up();
        await fresh.wait(1000);
        const whole = (await fresh.instances()).map(shape);
        if (!ownsStack) expect((await theatre.instances()).map(shape)).to.deep.equal(whole);

        if (runsOn) {
          const lines = theatre.journal.lines.length;
          await theatre.give({ do: 'recover', which: 'all' });
          expect(theatre.journal.lines.length, 'a second recover has nothing to do').to.equal(lines);
        }
        if (ownsStack) {
          // Whatever became of the processes, the next chapter that needs them has them, and reset leaves none behind.
          await theatre.give({ do: 'workload', to: 'start' });
          await theatre.wait(1000);
          expect((await theatre.instances()).map(shape)).to.deep.equal(whole);
          expect(await theatre.give({ do: 'reset' })).to.deep.equal({ ended: 'well' });
          for (const each of await theatre.instances()) expect(each.state).to.equal('created');
        }
        expect(theatre.unlawful).to.deep.equal([]);
      }),
      { numRuns: 1000 },
    );
  });
});
