/**
 * The one contract suite that every engine passes, each against a real stack of its own: how it lists and looks, and what its
 * ability `lifecycle` does to an instance. What every ability has to do stands in `ability-contract.ts`.
 * The stack has `web` (two instances, no restart policy) and `keeper` (one instance, restart policy `always`);
 * each instance prints its banner, in colour, when it starts. Lacks what only one engine has: that stands in its own test file.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { after, afterEach, before, describe, it } from 'mocha';
import * as v from 'valibot';
import type { Ability, Engine } from '../../src/engine/engine.ts';
import type { LifecycleEffect } from '../../src/fault/effect.ts';
import {
  type Instance,
  type InstanceRow,
  InstanceSchema,
  label,
} from '../../src/fault/instance.ts';
import { EngineError } from '../../src/terms/outcomes.ts';

export interface Stack {
  engine: Engine;
  /** The line that an instance prints when it starts, without its colour. */
  banner: string;
  /** Removes all that was made, also after a failure. */
  cleanup(): Promise<void>;
}

/** Makes the stack, up and running; returns null where it cannot be had (no Docker), and the suite is skipped. */
export type MakeStack = () => Promise<Stack | null>;

/** By the state that it leads to. */
const LACKABLE = { pause: 'paused', crash: 'crashed' } as const;
type Lackable = keyof typeof LACKABLE;

/** Waits for a condition, with a bound; resolves to the first value that is neither null, undefined nor false. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  withinMs = 15_000,
): Promise<T> {
  const end = performance.now() + withinMs;
  for (;;) {
    const value = await look();
    if (value !== null && value !== undefined && value !== false) return value;
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** `lacks`: what the engine cannot do here, and refuses with the reason. */
export function engineContract(
  name: string,
  makeStack: MakeStack,
  lacks: readonly Lackable[] = [],
): void {
  describe(`engine contract: ${name}`, function () {
    this.timeout(60_000);
    let stack: Stack | null = null;
    let engine: Engine;

    before(async function () {
      stack = await makeStack();
      if (!stack) return this.skip();
      engine = stack.engine;
      await allRun();
    });

    after(() => stack?.cleanup());

    /** Every test leaves the stack as it found it. */
    afterEach(async () => {
      if (!stack) return;
      for (const row of await engine.list()) {
        const now = await look(row.id);
        if (now.state !== 'running' && now.state !== 'restarting') await undo(now);
      }
      await allRun();
    });

    const describeVerb = (title: string, verb: Lackable, tests: () => void) =>
      describe(title, lacks.includes(verb) ? () => refuses(verb) : tests);

    function refuses(verb: Lackable): void {
      it(`${verb} is refused with the reason, before anything happens`, async () => {
        const target = await find('web-1');
        const effect = { on: 'lifecycle', to: LACKABLE[verb] };
        const hindrance = await engine.abilities.lifecycle?.whyNot(target, effect);
        expect(hindrance?.why).to.be.a('string').and.not.empty;
        expect(hindrance?.next).to.be.a('string').and.not.empty;
        expect(await look(target.id)).to.deep.equal(target);
      });
    }

    async function allRun(): Promise<void> {
      await eventually('every instance runs and is well', async () => {
        const rows = await engine.list();
        return (
          rows.length === 3 &&
          rows.every(
            (row) => row.state === 'running' && (row.health === 'none' || row.health === 'healthy'),
          )
        );
      });
    }

    async function look(id: string): Promise<Instance> {
      const instance = await engine.inspect(id);
      if (!instance) throw new Error(`${id} is gone`);
      return instance;
    }

    /** By the ability, as a fault does it. */
    const lifecycle = () => engine.abilities.lifecycle as Ability;
    const apply = (to: LifecycleEffect['to'], target: Instance) =>
      lifecycle().set(target, [
        { fault: 'f1', target, effect: { on: 'lifecycle', to }, deadline: null },
      ]);
    const undo = (target: Instance) => lifecycle().set(target, []);

    async function find(wanted: string): Promise<Instance> {
      const row = (await engine.list()).find((each) => label(each) === wanted);
      if (!row) throw new Error(`${wanted} is not listed`);
      return look(row.id);
    }

    const inState = (id: string, state: Instance['state']) =>
      eventually(`${id} is ${state}`, async () => {
        const now = await look(id);
        return now.state === state && now;
      });

    describe('looking', () => {
      it('lists every instance by service and number', async () => {
        const rows = await engine.list();
        expect(rows.map(label)).to.deep.equal(['keeper-1', 'web-1', 'web-2']);
        for (const row of rows)
          expect(row).to.include({ project: engine.project, state: 'running', untouchable: null });
        expect(new Set(rows.map((row) => row.id)).size).to.equal(3);
      });

      it('knows its kind, its project, its services, and says where it is', async () => {
        expect(engine.kind).to.be.oneOf(['compose', 'process']);
        expect(await engine.identity()).to.be.a('string').and.not.empty;
        expect(engine.project).to.match(/^\S+$/);
        expect(await engine.services()).to.have.members(['keeper', 'web']);
        expect(await engine.describe()).to.match(/\w/);
      });

      it('inspects a running instance into a shape that the journal takes', async () => {
        const [{ labels: _l, network_of: _n, restarts_with: _r, made_at, ...row }] =
          (await engine.list()) as [InstanceRow];
        expect(Date.parse(made_at ?? '')).to.be.below(Date.parse(await engine.clock()));
        const instance = await look(row.id);
        expect(v.parse(InstanceSchema, instance)).to.deep.equal(instance);
        expect(instance).to.include({
          ...row,
          state: 'running',
          exit_code: null,
          oom_killed: false,
        });
        expect(instance.record.pid).to.be.a('number').above(1);
        expect(new Date(instance.started_at ?? '').toString()).not.to.equal('Invalid Date');
        expect(instance.restarted_by).to.equal('always');
        expect((await find('web-1')).restarted_by).to.equal(null);
      });

      it('inspects an id that nothing bears to null', async () => {
        expect(await engine.inspect('f'.repeat(64))).to.equal(null);
      });

      it('has a clock that the start of an instance lies before', async () => {
        const first = Date.parse(await engine.clock());
        const second = Date.parse(await engine.clock());
        expect(second).to.be.at.least(first);
        expect(Date.parse((await find('web-1')).started_at ?? '')).to.be.below(second);
      });

      it('gives the last lines of an instance without control characters', async () => {
        const { id } = await find('web-1');
        const lines = await eventually('the banner is in the log', async () => {
          const found = await engine.logs(id, 1);
          return found.length > 0 && found;
        });
        expect(lines).to.deep.equal([stack?.banner]);
      });

      it('gives the lines after a mark, and no others', async () => {
        const [first, second] = [await find('web-1'), await find('web-2')];
        await eventually(
          'both have said something',
          async () =>
            (await engine.logs(first.id, 1)).length > 0 &&
            (await engine.logs(second.id, 1)).length > 0,
        );
        const mark = await engine.logMark();
        expect(await engine.logs(first.id, 10, mark)).to.deep.equal([]);
        await apply('killed', first);
        await undo(await inState(first.id, 'exited'));
        const lines = await eventually('it says it again', async () => {
          const found = await engine.logs(first.id, 10, mark);
          return found.length > 0 && found;
        });
        expect(lines).to.deep.equal([stack?.banner]);
        expect((await engine.logs(first.id, 10)).length).to.be.above(1);
        expect(await engine.logs(second.id, 10, mark)).to.deep.equal([]);
        expect(await engine.logs(first.id, 10, await engine.logMark())).to.deep.equal([]);
      });

      it('gives up a look when told to', async () => {
        const reason = new Error('enough');
        expect(await rejection(engine.list(AbortSignal.abort(reason)))).to.equal(reason);
        expect(await rejection(engine.inspect('f'.repeat(64), AbortSignal.abort(reason)))).to.equal(
          reason,
        );
      });

      it('leaves a stack alone that is up already', async () => {
        const starts = async () =>
          Promise.all((await engine.list()).map(async (row) => (await look(row.id)).started_at));
        const first = await starts();
        await engine.owned?.up();
        expect(await starts()).to.deep.equal(first);
      });
    });

    describe('kill', () => {
      it('kills exactly its target, as the same incarnation', async () => {
        const [target, neighbour] = [await find('web-1'), await find('web-2')];
        await apply('killed', target);
        const now = await inState(target.id, 'exited');
        expect(now).to.include({ incarnation: target.incarnation, exit_code: 137 });
        expect(now.record.pid).to.equal(null);
        expect(Date.parse(now.finished_at ?? '')).to.be.at.least(
          Date.parse(target.started_at ?? ''),
        );
        expect(await look(neighbour.id)).to.deep.equal(neighbour);
      });

      it('lists what is down, too', async () => {
        const target = await find('web-2');
        await apply('killed', target);
        await inState(target.id, 'exited');
        const rows = await engine.list();
        expect(rows.map((row) => `${label(row)} ${row.state}`)).to.deep.equal([
          'keeper-1 running',
          'web-1 running',
          'web-2 exited',
        ]);
      });

      it('succeeds for an instance that is down already', async () => {
        const target = await find('web-1');
        await apply('killed', target);
        await apply('killed', target);
        expect((await inState(target.id, 'exited')).started_at).to.equal(target.started_at);
      });

      it('is not undone by a restart policy, which works again after a start', async () => {
        const target = await find('keeper-1');
        await apply('killed', target);
        const killed = await inState(target.id, 'exited');
        expect(killed.restarted_by).to.equal(target.restarted_by);
        await undo(killed);
        const started = await inState(target.id, 'running');
        expect(started.restarted_by).to.equal(target.restarted_by);
        if (lacks.includes('crash')) return;
        await apply('crashed', started);
        await revived(started);
      });
    });

    describe('stop', () => {
      it('stops exactly its target, once', async () => {
        const [target, neighbour] = [await find('web-1'), await find('web-2')];
        await apply('stopped', target);
        const now = await inState(target.id, 'exited');
        expect(now.started_at).to.equal(target.started_at);
        await apply('stopped', target);
        expect(await look(target.id)).to.deep.equal(now);
        expect(await look(neighbour.id)).to.deep.equal(neighbour);
      });

      it('is not undone by a restart policy', async () => {
        const target = await find('keeper-1');
        await apply('stopped', target);
        expect((await inState(target.id, 'exited')).started_at).to.equal(target.started_at);
      });
    });

    describe('start', () => {
      it('starts exactly its target, as a new incarnation of the same instance', async () => {
        const [first, second] = [await find('web-1'), await find('web-2')];
        await apply('killed', first);
        await apply('killed', second);
        const [killed, stillDown] = [
          await inState(first.id, 'exited'),
          await inState(second.id, 'exited'),
        ];
        await undo(killed);
        const now = await inState(first.id, 'running');
        expect(now.started_at).not.to.equal(first.started_at);
        expect(now.record.pid).not.to.equal(null);
        expect(Object.keys(now.record.networks ?? {})).to.deep.equal(
          Object.keys(first.record.networks ?? {}),
        );
        expect(await look(second.id)).to.deep.equal(stillDown);
      });

      it('leaves an instance alone that runs already', async () => {
        const target = await find('web-1');
        await undo(target);
        expect(await look(target.id)).to.deep.equal(target);
      });
    });

    describeVerb('pause and unpause', 'pause', () => {
      it('freeze and thaw exactly their target, as the same incarnation', async () => {
        const [target, neighbour] = [await find('web-1'), await find('web-2')];
        await apply('paused', target);
        const paused = await inState(target.id, 'paused');
        expect(paused.incarnation).to.equal(target.incarnation);
        expect(paused.record.pid).to.equal(target.record.pid);
        expect((await engine.list()).find((row) => row.id === target.id)?.state).to.equal('paused');
        expect(await look(neighbour.id)).to.deep.equal(neighbour);
        await undo(paused);
        const thawed = await inState(target.id, 'running');
        expect(thawed.incarnation).to.equal(target.incarnation);
        expect(thawed.record.pid).to.equal(target.record.pid);
      });

      it('succeed for what is so already', async () => {
        const target = await find('web-1');
        await undo(target);
        expect(await look(target.id)).to.deep.equal(target);
        await apply('paused', target);
        await apply('paused', await inState(target.id, 'paused'));
        await inState(target.id, 'paused');
      });
    });

    describeVerb('crash', 'crash', () => {
      it('takes an instance without a restart policy down for good', async () => {
        const [target, neighbour] = [await find('web-1'), await find('web-2')];
        await apply('crashed', target);
        expect(await inState(target.id, 'exited')).to.include({
          started_at: target.started_at,
          exit_code: 137,
        });
        expect(await look(neighbour.id)).to.deep.equal(neighbour);
        await apply('crashed', target);
      });

      it('lets the restart policy act', async () => {
        const target = await find('keeper-1');
        await apply('crashed', target);
        const now = await revived(target);
        expect(now.restarted_by).to.equal(target.restarted_by);
        expect(now.restart_count).to.be.above(target.restart_count);
      });

      it('never signals a stranger that bears the recorded pid', async () => {
        const stranger = spawn('sleep', ['60'], { stdio: 'ignore' });
        try {
          await once(stranger, 'spawn');
          const web = await find('web-1');
          const target = { ...web, record: { ...web.record, pid: stranger.pid ?? 0 } };
          const error = await apply('crashed', target).catch((reason: unknown) => reason);
          if (error !== undefined)
            expect(error).to.be.instanceOf(EngineError).with.property('definite', true);
          expect([stranger.exitCode, stranger.signalCode]).to.deep.equal([null, null]);
          expect(() => process.kill(stranger.pid ?? 0, 0)).not.to.throw();
        } finally {
          stranger.kill('SIGKILL');
        }
      });
    });

    it('breaks several instances at once', async () => {
      const targets = await Promise.all(['web-1', 'web-2', 'keeper-1'].map(find));
      await Promise.all(targets.map((target) => apply('killed', target)));
      for (const target of targets)
        expect((await inState(target.id, 'exited')).started_at).to.equal(target.started_at);
    });

    describe('an instance that does not exist', () => {
      const nobody = (target: Instance) => ({ ...target, id: 'f'.repeat(64), number: 99 });

      for (const to of ['killed', 'stopped', 'paused', 'crashed'] as const)
        it(`cannot be ${to}, and surely nothing is changed`, async () => {
          const target = await find('web-1');
          const error = await rejection(apply(to, nobody(target)));
          expect(error).to.be.instanceOf(EngineError);
          expect(error).to.have.property('definite', true);
          expect(error).to.have.property('next').that.is.a('string').and.not.empty;
          expect(await look(target.id)).to.deep.equal(target);
        });

      it('has nothing to be undone', async () => {
        const target = await find('web-1');
        await undo(nobody(target));
        expect(await look(target.id)).to.deep.equal(target);
      });
    });

    describe('run', () => {
      it('runs arguments as they are, and a shell only where the story says so', async () => {
        expect(
          await engine.run({ argv: ['printf', '%s|', '$HOME', 'a b'] }, { timeout_ms: 10_000 }),
        ).to.deep.equal({
          exit_code: 0,
          stdout: '$HOME|a b|',
          stderr: '',
        });
        expect(
          await engine.run({ shell: 'echo out; echo err >&2; exit 3' }, { timeout_ms: 10_000 }),
        ).to.deep.equal({
          exit_code: 3,
          stdout: 'out\n',
          stderr: 'err\n',
        });
      });
    });

    async function revived(before: Instance): Promise<Instance> {
      return eventually(`${label(before)} is brought back`, async () => {
        const now = await look(before.id);
        return now.state === 'running' && now.started_at !== before.started_at && now;
      });
    }
  });
}

/** What a promise rejects with; fails when it does not. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`expected a rejection, got ${JSON.stringify(value)}`);
}
