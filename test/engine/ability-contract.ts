/**
 * The contract of an ability, for every ability of every engine: what `whyNot`, `set` and `read` have to do whatever it is that
 * they disturb. A row names the effects; what the engine shows of them from outside stands in each engine's own tests.
 */
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import type { Ability, Engine } from '../../src/engine/engine.ts';
import type { Effect, LiveEffect } from '../../src/fault/effect.ts';
import { type Instance, label } from '../../src/fault/instance.ts';
import { eventually, rejection } from './contract.ts';

export interface AbilityStack {
  engine: Engine;
  /** What is to be as before once nothing is on the target any more, as somebody sees it who is not gameday. Absent: what the engine itself says of it. */
  picture?(): Promise<unknown>;
  cleanup(): Promise<void>;
}

export interface AbilityRow {
  /** By label. */
  target: string;
  one: Effect;
  /** Another one that can be on the target at the same time; null: there is at most one. */
  other: Effect | null;
  /** What it does to the target itself cannot be read there any more, since the target goes. */
  removes?: true;
}

/**
 * `make` resolves to null where the engine cannot be had, and the suite is skipped. `refused`: abilities that the engine has only
 * to say why it cannot.
 */
export function abilityContract(
  name: string,
  make: () => Promise<AbilityStack | null>,
  rows: readonly AbilityRow[],
  refused: readonly string[] = [],
): void {
  describe(`ability contract: ${name}`, function () {
    this.timeout(300_000);
    let stack: AbilityStack;
    before(async function () {
      const made = await make();
      if (!made) return this.skip();
      stack = made;
    });
    after(() => stack?.cleanup());

    it('has a row for every ability of the engine', () => {
      const mine = rows.map(({ one }) => one.on);
      const all = [...mine, ...refused].toSorted();
      expect(Object.keys(stack.engine.abilities).toSorted()).to.deep.equal(all);
    });

    for (const row of rows)
      describe(row.one.on, () => {
        const live = (fault: string, target: Instance, effect: Effect): LiveEffect => ({
          fault,
          target,
          effect,
          deadline: null,
        });
        const ability = (): Ability => stack.engine.abilities[row.one.on] as Ability;
        const bound = async (target: Instance, effect: Effect, others: LiveEffect[] = []) =>
          (await ability().bind?.(target, effect, others)) ?? effect;
        const states = async (target: Instance, all: LiveEffect[], meant: LiveEffect[]) => {
          const now = await stack.engine.inspect(target.id);
          if (now === null) return all.map(() => 'gone');
          const readings = await Promise.all(all.map((each) => ability().read(now, [each], meant)));
          return readings.flat().map(({ state }) => state);
        };
        /** What was undone may take a moment to be seen: a health check, a process that begins. */
        const asBefore = (was: unknown) =>
          eventually(
            'it is as before',
            async () => JSON.stringify(await seen()) === JSON.stringify(was),
            60_000,
          );
        const seen = async (): Promise<unknown> =>
          stack.picture ? stack.picture() : pictureOf(stack.engine);

        it('says no reason against what can be had, and changes nothing by it', async () => {
          const [target, was] = [await find(stack.engine, row.target), await seen()];
          for (const effect of row.other ? [row.one, row.other] : [row.one]) {
            expect(await ability().whyNot(target, effect)).to.equal(null);
            await bound(target, effect);
            expect(ability().settleMs(target, effect)).to.be.within(0, 60_000);
          }
          expect(await seen()).to.deep.equal(was);
        });

        it('takes nothing off where nothing is on', async () => {
          const [target, was] = [await find(stack.engine, row.target), await seen()];
          await ability().set(target, []);
          expect(await seen()).to.deep.equal(was);
        });

        it('makes an effect so, once, and takes it off exactly', async () => {
          const [target, was] = [await find(stack.engine, row.target), await seen()];
          const one = live('f1', target, await bound(target, row.one));
          expect(await states(target, [one], [])).to.deep.equal(['absent']);
          for (let times = 0; times < 2; times++) {
            await ability().set(target, [one]);
            expect(await states(target, [one], [one])).to.deep.equal([
              row.removes ? 'gone' : 'in_force',
            ]);
          }
          if (stack.picture && !row.removes) expect(await seen()).to.not.deep.equal(was);
          for (let times = 0; times < 2; times++) await ability().set(target, [], [one]);
          if (!row.removes) expect(await states(target, [one], [])).to.deep.equal(['absent']);
          await asBefore(was);
        });

        const { other: second } = row;
        if (second)
          it('takes one of two off, and leaves the other', async () => {
            const [target, was] = [await find(stack.engine, row.target), await seen()];
            const one = live('f1', target, await bound(target, row.one));
            const other = live('f2', target, await bound(target, second, [one]));
            const both = [one, other];
            await ability().set(target, [one]);
            await ability().set(target, both);
            expect(await states(target, both, both)).to.deep.equal(['in_force', 'in_force']);
            await ability().set(target, [other], [one]);
            expect(await states(target, both, [other])).to.deep.equal(['absent', 'in_force']);
            await ability().set(target, [one], [other]);
            expect(await states(target, both, [one])).to.deep.equal(['in_force', 'absent']);
            await ability().set(target, [], both);
            expect(await states(target, both, [])).to.deep.equal(['absent', 'absent']);
            await asBefore(was);
          });

        // Of a removal there is but one sort.
        if (!row.removes)
          it('refuses an effect that it does not know', async () => {
            const [target, was] = [await find(stack.engine, row.target), await seen()];
            const wrong = { to: 'nowhere', does: 'nothing', cpus: 'many' };
            await rejection(
              ability().set(target, [live('f1', target, { on: row.one.on, ...wrong })]),
            );
            expect(await seen()).to.deep.equal(was);
          });
      });
  });
}

async function find(engine: Engine, wanted: string): Promise<Instance> {
  return eventually(`${wanted} runs`, async () => {
    const row = (await engine.list()).find((each) => label(each) === wanted);
    const found = row && (await engine.inspect(row.id));
    return found?.state === 'running' && found.health !== 'starting' && found;
  });
}

/** As the engine shows it, without what a new life rightly changes. */
async function pictureOf(engine: Engine) {
  const rows = await engine.list();
  return rows.map((row) => `${label(row)} ${row.state} ${row.health}`);
}
