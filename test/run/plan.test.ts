import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { select } from '../../src/fault/selectors.ts';
import { fold } from '../../src/run/fold.ts';
import {
  describeAction,
  describeInject,
  planAction,
  planInject,
  planRecover,
  type World,
} from '../../src/run/plan.ts';
import type { Run } from '../../src/run/run.ts';
import type { Action } from '../../src/story/story.ts';
import { Refusal } from '../../src/terms/outcomes.ts';
import { storyOf } from '../story/parsing.ts';
import { event, fault, instance, row, STARTED, spec, stacks } from '../story/things.ts';

const run = (patch: Partial<Run> = {}): Run => ({ ...fold(null, event(1, STARTED)), ...patch });
const story = storyOf(
  'protect: [grafana]\nworkload: { kind: simulated }\nchapters: [{ title: A }]',
);
const world = (patch: Partial<World> = {}): World => ({
  rows: [row('grafana', 1), row('web', 1), row('web', 2)],
  run: null,
  project: 'shop',
  reachedBy: [],
  startCommand: 'docker compose up -d',
  unpauseCommand: 'docker compose unpause',
  halt: null,
  seed: 7,
  ...patch,
});

describe('a plan', () => {
  it('of a fault names the target it would have now, and how it is undone', () => {
    expect(
      planInject(spec({ service: 'web-2', countdown_ms: 3000 }), story, world()),
    ).to.deep.equal({
      action: 'kill one random instance of web-2, after a countdown of 3s',
      targets: [{ label: 'web-2', name: 'shop-web-2', id: row('web', 2).id }],
      left: [{ service: 'web', of: 2, untouched: 1, majority: false }],
      doing: 'killing',
      undo: 'restart the same target',
      refused: null,
    });
  });

  it('of a fault with a limit says who ends it', () => {
    expect(planInject(spec({ kind: 'pause', duration_ms: 30_000 }), story, world()).undo).to.equal(
      'unpause the same target after 30s, by the watchdog',
    );
  });

  it('leaves open what only a program of the story can tell', () => {
    const plan = planInject(
      spec({ pick: { by: 'command', command: { argv: ['./leader.sh'] } } }),
      story,
      world(),
    );
    expect(plan).to.deep.include({
      targets: [],
      refused: null,
      action: 'kill the instance that `./leader.sh` names of any service',
    });
    expect(plan.undo).to.include("the story's pick command says when the countdown reaches zero");
  });

  it('says what would be refused now, and why', () => {
    expect(planInject(spec({ service: 'grafana' }), story, world()).refused).to.include({
      code: 'protected',
    });
    expect(planInject(spec({ service: 'wep' }), story, world()).refused).to.include({
      code: 'no_target',
      next: 'Did you mean `web`?',
    });
    const held = run({ faults: [fault({ targets: [instance('web', 1)] })] });
    expect(planInject(spec({ service: 'web-1' }), story, world({ run: held })).refused).to.include({
      code: 'already_faulted',
    });
  });

  it('names the targets that a real run with that seed would take', () => {
    fc.assert(
      fc.property(
        stacks,
        fc.nat({ max: 2 ** 32 - 1 }),
        fc.integer({ min: 1, max: 3 }),
        (rows, seed, count) => {
          const plan = planInject(spec({ count }), story, world({ rows, seed }));
          let real: string[] = [];
          try {
            real = select(rows, spec({ count }), {
              project: 'shop',
              protect: ['grafana'],
              held: new Map(),
              disturbed: new Map(),
              maxTargets: null,
              maxUnavailable: null,
              production: { labels: [], contexts: [] },
              reachedBy: [],
              startCommand: 'docker compose up -d',
              unpauseCommand: 'docker compose unpause',
              seed,
              printed: null,
            }).map(({ id }) => id);
          } catch (error) {
            expect(plan.refused?.message).to.equal((error as Refusal).message);
          }
          expect(plan.targets.map(({ id }) => id)).to.deep.equal(real);
        },
      ),
    );
  });

  it('of a recovery goes from the last fault to the first', () => {
    const faults = [
      fault({ id: 'f1', kind: 'pause' }),
      fault({ id: 'f2', phase: 'recovered' }),
      fault({ id: 'f3', targets: [instance('web', 2), instance('web', 3)] }),
    ];
    const broken = run({ faults, fault_count: 3 });
    expect(planRecover('all', broken).action).to.equal(
      'recover f3 (kill web-2, web-3): restart, wait until healthy; then recover f1 (pause web-1): unpause, wait until healthy',
    );
    expect(planRecover('f1', broken).targets.map(({ label }) => label)).to.deep.equal(['web-1']);
    expect(planRecover('f2', broken).action).to.equal('recover: no fault is live');
    expect(planRecover('all', null).action).to.equal('recover: no fault is live');
    expect(() => planRecover('f4', broken)).to.throw(
      Refusal,
      'This run has no fault "f4". Live now: f3, f1.',
    );
  });

  it('of a chapter has a line for every action, and runs none', () => {
    const actions: [Action, string][] = [
      [
        { do: 'inject', inject: spec({ pick: { by: 'all' } }) },
        'kill every instance of any service',
      ],
      [{ do: 'recover', fault: 'all' }, 'recover: no fault is live'],
      [
        { do: 'workload', to: 'start' },
        'start the workload: simulated, a curve of 10000 ops/s, no load at all',
      ],
      [{ do: 'workload', to: 'stop' }, 'stop the simulated workload'],
      [{ do: 'detect', within_ms: 10_000 }, 'detect: what noticed the fault, and after how long'],
      [{ do: 'diagnose' }, 'diagnose: collect the evidence'],
      [{ do: 'run', command: { argv: ['rm', '-rf', '/'] }, timeout_ms: 1 }, 'run `rm -rf /`'],
      [{ do: 'run', command: { shell: 'a | b' }, timeout_ms: 1 }, 'run `a | b`'],
      [{ do: 'wait', delay_ms: 90_000 }, 'wait 1m 30s'],
      [
        {
          do: 'probe',
          probe: {
            look: 'tcp',
            host: 'a',
            port: 1,
            name: 'tcp a:1',
            timeout_ms: 1,
            retry_for_ms: 0,
            interval_ms: 1,
          },
        },
        'probe tcp a:1',
      ],
    ];
    for (const [action, deed] of actions) {
      expect(planAction(action, story, world()).action).to.equal(deed);
      expect(describeAction(action)).to.match(/\S/);
    }
  });

  it('of a recovery that is no fault yet says that it would be refused', () => {
    expect(
      planAction({ do: 'recover', fault: 'f1' }, story, world({ run: run() })).refused,
    ).to.include({ code: 'unknown_fault' });
  });

  it('speaks of many where many are meant', () => {
    expect(describeInject(spec({ count: 2, service: 'web' }))).to.equal(
      'kill 2 random instances of web',
    );
  });
});
