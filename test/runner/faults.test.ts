import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { label } from '../../src/fault/instance.ts';
import type { ThresholdResult } from '../../src/impact/thresholds.ts';
import type { LeaderSpec } from '../../src/story/leader-spec.ts';
import { injects, spec } from './scripts.ts';
import { open, type Theatre } from './theatre.ts';

/** Three chapters; the second counts down, kills one of two, and blocks. */
const BREAKS = [
  {},
  { on_enter: [injects({ service: 'web', countdown_ms: 3000 })], blocks_advance: true },
  {},
];

const SICK: ThresholdResult = {
  threshold: { measure: 'errors', text: '<= 1%', operator: '<=', value: 1, unit: '%' },
  met: false,
  measured: 7,
  text: 'errors 7% (wanted: <= 1%)',
};

describe('stage: faults', () => {
  let theatre: Theatre;
  beforeEach(() => {
    theatre = open(BREAKS);
  });

  describe('breaking', () => {
    it('writes the intent, does the deed, writes the fact', async () => {
      await theatre.give({ do: 'inject', spec: spec({ service: 'web-2' }) });
      expect(theatre.types()).to.deep.equal(['run.started', 'fault.injecting', 'fault.injected']);
      expect(await theatre.down()).to.deep.equal(['web-2']);
      const [intent] = theatre.events('fault.injecting');
      expect(intent).to.deep.include({
        fault: 'f1',
        kind: 'kill',
        params: {},
        deadline: null,
        seed: 1,
      });
      expect(intent?.effects.map(({ target: { id, state } }) => [id, state])).to.deep.equal([
        [await theatre.idOf('web-2'), 'running'],
      ]);
    });

    it('takes back a countdown that is interrupted, with nothing changed', async () => {
      await theatre.give({ do: 'next' });
      const position = theatre.run?.position;
      // clock, list, append entering come first; the calls after them are the ticks of the countdown.
      for (const at of [4, 5, 6]) {
        expect(await theatre.code({ do: 'next' }, { kind: 'signal', at })).to.equal('interrupted');
        expect(theatre.run?.position).to.deep.equal(position);
        expect(theatre.types().at(-1)).to.equal('chapter.cancelled');
      }
      expect(theatre.run?.fault_count).to.equal(0);
      expect(await theatre.down()).to.deep.equal([]);
    });

    it('can be interrupted up to the last look before the intent', async () => {
      // clock, list, inspect.
      for (const at of [1, 2, 3])
        expect(
          await theatre.code(
            { do: 'inject', spec: spec({ service: 'web-1' }) },
            { kind: 'signal', at },
          ),
        ).to.equal('interrupted');
      expect(theatre.types()).to.deep.equal(['run.started']);
      expect(theatre.deeds).to.deep.equal([]);
    });

    it('is carried through once the intent is written', async () => {
      for (const [at, id] of [
        [4, 'web-1'],
        [5, 'web-2'],
        [6, 'cache-1'],
      ] as const) {
        await theatre.code({ do: 'inject', spec: spec({ service: id }) }, { kind: 'signal', at });
      }
      expect(theatre.live().map(({ phase }) => phase)).to.deep.equal([
        'injected',
        'injected',
        'injected',
      ]);
      expect(await theatre.down()).to.deep.equal(['cache-1', 'web-1', 'web-2']);
    });

    it('looks again when the countdown has ended, and takes nobody who is down by then', async () => {
      await theatre.give({ do: 'next' });
      const web1 = await theatre.idOf('web-1');
      theatre.clock.after(1500, () => theatre.engine.meddle('kill', web1));
      await theatre.give({ do: 'next' });
      expect(
        theatre.events('fault.injecting')[0]?.effects.map(({ target }) => label(target)),
      ).to.deep.equal(['web-2']);
      expect(theatre.deeds.map(({ target }) => target)).to.deep.equal([
        await theatre.idOf('web-2'),
      ]);
    });

    it('refuses a stack whose steady state is not met, unless told to go on, or something is broken already', async () => {
      theatre.checks = [SICK];
      expect(await theatre.code({ do: 'inject', spec: spec({ service: 'web-1' }) })).to.equal(
        'sick_stack',
      );
      expect(await theatre.down()).to.deep.equal([]);
      theatre.checks = [{ ...SICK, met: true }];
      await theatre.give({ do: 'inject', spec: spec({ service: 'web-1' }) });
      theatre.checks = [SICK];
      await theatre.give({ do: 'inject', spec: spec({ service: 'web-2' }) });
      expect(await theatre.down()).to.deep.equal(['web-1', 'web-2']);
    });

    it('refuses what a guard forbids, with nothing written down', async () => {
      theatre = open([{}], {
        blast_radius: { max_targets: 2, max_unavailable: { share: 1 } },
      });
      expect(await theatre.code({ do: 'inject', spec: spec({ service: 'grafana' }) })).to.equal(
        'protected',
      );
      expect(await theatre.code({ do: 'inject', spec: spec({ service: 'nobody' }) })).to.equal(
        'no_target',
      );
      expect(await theatre.code({ do: 'inject', spec: spec({ pick: { by: 'all' } }) })).to.equal(
        'blast_radius',
      );
      await theatre.give({ do: 'inject', spec: spec({ service: 'web-1' }) });
      expect(await theatre.code({ do: 'inject', spec: spec({ service: 'web-1' }) })).to.equal(
        'already_faulted',
      );
      expect(
        await theatre.code({ do: 'inject', spec: spec({ service: 'cache', count: 2 }) }),
      ).to.equal('blast_radius');
      expect(theatre.types()).to.deep.equal(['run.started', 'fault.injecting', 'fault.injected']);
      expect(await theatre.down()).to.deep.equal(['web-1']);
    });

    it('hits the one that leads, by what each of them or one program says, and nobody where that is not plain', async () => {
      const is = (name: string) => ['sh', '-c', 'test "$1" = "$2"', '-', '{{instance}}', name];
      const each = (argv: string[], expect_output: string | null = null) =>
        ({ of: ['web'], ask: 'each', argv, expect_output }) as const;
      const leads = async (how: LeaderSpec) => {
        theatre = open([{}], { leader: [how] });
        const lead = {
          do: 'inject',
          spec: spec({ service: 'web', pick: { by: 'leader' } }),
        } as const;
        const outcome = await theatre.give(lead);
        return outcome.ended === 'refused' ? outcome.error.message : theatre.down();
      };
      expect(await leads(each(is('web-2')))).to.deep.equal(['web-2']);
      expect(
        await leads({ of: ['web'], ask: 'once', command: { argv: ['echo', 'web-1'] } }),
      ).to.deep.equal(['web-1']);
      expect(await leads(each(['echo', '{{instance}}'], 'web-2'))).to.deep.equal(['web-2']);
      expect(await leads(each(is('web-3')))).to.equal(
        'No instance of web leads: web-1 (exit code 1), web-2 (exit code 1).',
      );
      expect(await leads(each(['echo', '{{name}}']))).to.equal(
        'Several instances of web say that they lead: web-1, web-2.',
      );
      expect(await leads(each(['no-such-program', '{{name}}']))).to.include('exit code 127');
      expect(
        await leads({
          of: ['web'],
          ask: 'once',
          command: { argv: ['sh', '-c', 'echo lost >&2; exit 3'] },
        }),
      ).to.equal('The program that says who leads web ended with exit code 3: lost.');
      expect(theatre.events('fault.injecting')).to.be.empty;
    });

    it('says of a deed that was refused that it never happened', async () => {
      expect(
        await theatre.code(
          { do: 'inject', spec: spec({ service: 'web-1' }) },
          { kind: 'failure', at: 5, how: 'refused' },
        ),
      ).to.equal('engine_failed');
      expect(theatre.live()).to.deep.equal([]);
      expect(theatre.events('fault.recovered')[0]).to.include({ outcome: 'never_happened' });
      expect(await theatre.down()).to.deep.equal([]);
    });

    it('keeps a fault live as long as it is not known whether it happened', async () => {
      const silence = { kind: 'failure', at: 5, how: 'unsure, not done' } as const;
      expect(
        await theatre.code({ do: 'inject', spec: spec({ service: 'web-1' }) }, silence),
      ).to.equal('engine_uncertain');
      expect(theatre.live().map(({ id, phase }) => [id, phase])).to.deep.equal([
        ['f1', 'injecting'],
      ]);
      expect(await theatre.code({ do: 'recover', which: 'f1' })).to.equal('well');
      expect(theatre.events('fault.recovered')[0]).to.include({ outcome: 'never_happened' });
    });

    it('sees a deed that was done although its answer was lost', async () => {
      const lost = { kind: 'failure', at: 5, how: 'unsure, done' } as const;
      expect(await theatre.code({ do: 'inject', spec: spec({ service: 'web-1' }) }, lost)).to.equal(
        'engine_uncertain',
      );
      expect(theatre.live().map(({ phase }) => phase)).to.deep.equal(['injected']);
    });

    it('breaks nothing with a limit in time that nobody guards', async () => {
      const silent = { kind: 'failure', at: 6, how: 'refused' } as const;
      await theatre.give(
        { do: 'inject', spec: spec({ service: 'web-1', duration_ms: 5000 }) },
        silent,
      );
      expect(theatre.deeds).to.deep.equal([]);
      expect(theatre.events('fault.recovered')[0]).to.include({ outcome: 'never_happened' });
    });
  });

  describe('mending', () => {
    it('undoes the last first, and one without the others', async () => {
      await theatre.give({ do: 'inject', spec: spec({ service: 'web-1', kind: 'pause' }) });
      await theatre.give({ do: 'inject', spec: spec({ service: 'web-2' }) });
      await theatre.give({ do: 'inject', spec: spec({ service: 'cache-1', kind: 'stop' }) });
      expect(await theatre.code({ do: 'recover', which: 'f2' })).to.equal('well');
      expect(await theatre.states()).to.include({
        'web-1': 'paused',
        'web-2': 'running',
        'cache-1': 'exited',
      });
      expect(await theatre.code({ do: 'recover', which: 'all' })).to.equal('well');
      expect(theatre.deeds.map(({ operation, fault }) => `${operation} ${fault}`)).to.deep.equal([
        'pause f1',
        'kill f2',
        'stop f3',
        'start f2',
        'start f3',
        'unpause f1',
      ]);
      expect(await theatre.down()).to.deep.equal([]);
    });

    it('waits until a health check is met, and calls nothing recovered before', async () => {
      await theatre.give({ do: 'inject', spec: spec({ service: 'cache-1' }) });
      await theatre.give({ do: 'recover', which: 'all' });
      const [recovered] = theatre.events('fault.recovered');
      expect(recovered?.took_ms).to.be.at.least(300);
      expect(recovered?.reason).to.equal('cache-1 started, healthy');
    });

    it('does not take for mended what falls down again, and helps it up once more', async () => {
      await theatre.give({ do: 'inject', spec: spec({ service: 'web-1' }) });
      const id = await theatre.idOf('web-1');
      theatre.clock.after(600, () => theatre.engine.meddle('kill', id));
      expect(await theatre.code({ do: 'recover', which: 'all' })).to.equal('well');
      await theatre.wait(5000);
      expect(await theatre.down()).to.deep.equal([]);
      expect(theatre.deeds.map(({ operation }) => operation)).to.deep.equal([
        'kill',
        'start',
        'start',
      ]);
    });

    // Kind: the words say the undo of the fault, whatever had to be done.
    for (const [kind, meddling, said] of [
      ['pause', ['stop'], 'web-1 was exited (exit code 143), brought back, running'],
      ['pause', ['unpause', 'kill'], 'web-1 was exited (exit code 137), brought back, running'],
      ['kill', ['start', 'pause'], 'web-1 was restarted and was paused, brought back, running'],
      ['pause', [], 'web-1 unpaused, running'],
      ['kill', [], 'web-1 started, running'],
    ] as const)
      it(`says of a ${kind} after "${meddling.join(', ')}" by somebody: ${said}`, async () => {
        await theatre.give({ do: 'inject', spec: spec({ service: 'web-1', kind }) });
        const id = await theatre.idOf('web-1');
        for (const verb of meddling) theatre.engine.meddle(verb, id);
        expect(await theatre.code({ do: 'recover', which: 'all' })).to.equal('well');
        expect(theatre.events('fault.recovered')[0]?.reason).to.equal(said);
      });

    it('leaves to a restart policy what that has mended', async () => {
      await theatre.give({ do: 'inject', spec: spec({ service: 'store', kind: 'crash' }) });
      await theatre.wait(1000);
      await theatre.give({ do: 'recover', which: 'all' });
      expect(theatre.deeds.map(({ operation }) => operation)).to.deep.equal(['crash']);
      expect(theatre.events('fault.recovered')[0]?.reason).to.include(
        'brought back by its restart policy "always"',
      );
    });

    it('only looks at a container that has taken the place of its target', async () => {
      await theatre.give({ do: 'inject', spec: spec({ service: 'web-1' }) });
      theatre.engine.recreate(await theatre.idOf('web-1'));
      expect(await theatre.code({ do: 'recover', which: 'all' })).to.equal('well');
      expect(theatre.deeds.map(({ operation }) => operation)).to.deep.equal(['kill']);
      expect(theatre.events('fault.recovered')[0]?.reason).to.include(
        'web-1 was recreated by somebody',
      );
    });

    it('does not start the container that has its place when somebody stopped that', async () => {
      await theatre.give({ do: 'inject', spec: spec({ service: 'web-1' }) });
      theatre.engine.recreate(await theatre.idOf('web-1'));
      theatre.engine.meddle('stop', await theatre.idOf('web-1'));
      expect(await theatre.code({ do: 'recover', which: 'all' })).to.equal('not_verified');
      expect(theatre.deeds.map(({ operation }) => operation)).to.deep.equal(['kill']);
    });

    it('says of a target that is gone that it is not verified, until somebody gives it up', async () => {
      await theatre.give({ do: 'inject', spec: spec({ service: 'web-1' }) });
      theatre.engine.remove(await theatre.idOf('web-1'));
      expect(await theatre.code({ do: 'recover', which: 'all' })).to.equal('not_verified');
      expect(theatre.live().map(({ phase }) => phase)).to.deep.equal(['unverified']);
      expect(await theatre.code({ do: 'close', which: 'f1' })).to.equal('well');
      expect(theatre.events('fault.recovered')[0]).to.include({
        outcome: 'closed',
        reason: 'given up by hand',
      });
    });

    it('lets one target that is gone keep no other one down', async () => {
      await theatre.give({ do: 'inject', spec: spec({ service: 'cache', pick: { by: 'all' } }) });
      theatre.engine.remove(await theatre.idOf('cache-2'));
      expect(await theatre.code({ do: 'recover', which: 'all' })).to.equal('not_verified');
      expect(await theatre.states()).to.include({ 'cache-1': 'running' });
    });

    // Kind: a wait that nothing but `--close` could end.
    it('says how a fault is recovered where the load itself fails, and that way works', async () => {
      await theatre.give({ do: 'workload', to: 'start' });
      await theatre.give({ do: 'inject', spec: spec({ service: 'web-1' }) });
      theatre.checks = [SICK];
      const outcome = await theatre.give({ do: 'recover', which: 'all' });
      expect(outcome).to.include({ ended: 'refused', code: 'not_verified' });
      expect(outcome)
        .to.have.nested.property('error.next')
        .that.matches(/`fault recover f1`.*`workload stop`/);
      await theatre.give({ do: 'workload', to: 'stop' });
      expect(await theatre.code({ do: 'recover', which: 'all' })).to.equal('well');
    });

    it('mends what the watchdog is to mend, in its name', async () => {
      await theatre.give({ do: 'inject', spec: spec({ service: 'web-1', duration_ms: 2000 }) });
      await theatre.wait(2000);
      expect(await theatre.code({ do: 'watchdog' })).to.equal('well');
      expect(theatre.events('fault.recovering')[0]).to.include({ by: 'watchdog' });
      expect(await theatre.down()).to.deep.equal([]);
    });

    it('has nothing to do where nothing is live, and knows no fault that never was', async () => {
      await theatre.give({ do: 'next' });
      const lines = theatre.types().length;
      expect(await theatre.code({ do: 'recover', which: 'all' })).to.equal('well');
      expect(await theatre.code({ do: 'recover', which: 'f1' })).to.equal('unknown_fault');
      expect(theatre.types()).to.have.lengthOf(lines);
    });
  });
});
