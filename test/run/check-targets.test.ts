/** What a check says of the faults of a story on a stack that runs, on one that does not, and of names that are not there. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { InstanceRow } from '../../src/fault/instance.ts';
import { checkNames, checkTargets, type TargetCheck } from '../../src/run/check-targets.ts';
import type { World } from '../../src/run/plan.ts';
import { storyOf } from '../story/parsing.ts';

const row = (service: string, number: number, change: Partial<InstanceRow> = {}): InstanceRow => ({
  id: `${service}${number}`.padEnd(64, '0'),
  name: `shop-${service}-${number}`,
  project: 'shop',
  service,
  number,
  state: 'running',
  health: 'none',
  untouchable: null,
  ...change,
});

const world = (...rows: InstanceRow[]): World => ({
  rows,
  run: null,
  project: 'shop',
  reachedBy: [],
  startCommand: 'docker compose up -d',
  unpauseCommand: 'docker compose unpause',
  halt: null,
  seed: 1,
});
const SHOP = world(
  row('api', 1),
  row('api', 2),
  row('api', 3),
  row('db', 1),
  row('job', 1, { untouchable: 'a one-off container' }),
);

const story = (inject: string, head = '') =>
  storyOf(
    `${head}\nchapters:\n  - title: Quiet\n  - title: Fault\n    on_enter:\n      - inject: ${inject}\n`,
  );

function check(inject: string, seen: World | null = SHOP, head = ''): TargetCheck {
  const [only, ...more] = checkTargets(story(inject, head), seen) as [TargetCheck];
  expect(more).to.deep.equal([]);
  return only;
}

describe('the targets of a story', () => {
  it('are all that chance could choose, until it has chosen', () => {
    expect(check('{ kind: kill, service: api }')).to.deep.include({
      chapter: 'fault',
      targets: ['api-1', 'api-2', 'api-3'],
      exact: false,
      refused: null,
    });
    expect(check('{ kind: kill }').targets).to.deep.equal(['api-1', 'api-2', 'api-3', 'db-1']);
    expect(
      check('{ kind: kill }', SHOP, 'blast_radius: { max_targets: 1 }').targets,
    ).to.have.length(4);
  });

  it('are exactly those that a seed, an instance, a count or `all` leaves no choice of', () => {
    expect(check('{ kind: kill, service: api-2 }')).to.deep.include({
      targets: ['api-2'],
      exact: true,
    });
    expect(check('{ kind: kill, service: db }')).to.deep.include({
      targets: ['db-1'],
      exact: true,
    });
    const all = check(
      '{ kind: kill, service: api, pick: all, overrule: [last_healthy, max_unavailable] }',
    );
    expect(all).to.deep.include({
      targets: ['api-1', 'api-2', 'api-3'],
      exact: true,
      left: [{ service: 'api', of: 3, untouched: 0, majority: false }],
    });
    expect(
      check('{ kind: kill, service: api, count: 3, overrule: [last_healthy, max_unavailable] }'),
    ).to.deep.include({ exact: true });
    const seeded = check('{ kind: kill, service: api, seed: 7 }');
    expect(seeded).to.include({ exact: true }).and.property('targets').with.length(1);
    expect(check('{ kind: kill, service: api, seed: 7 }')).to.deep.equal(seeded);
  });

  it('stay open where a program chooses, and where the stack is down or was not seen', () => {
    for (const open of [
      check('{ kind: kill, pick: { command: [leader] } }'),
      check('{ kind: kill, service: nobody }', null),
      check('{ kind: kill }', world()),
    ]) {
      expect(open).to.deep.include({ targets: [], exact: false, refused: null, wrong: false });
    }
  });

  it('are wrong where the story names what is not there, or what it forbids itself', () => {
    const unknown = check('{ kind: kill, service: apj }');
    expect(unknown).to.deep.include({ targets: [], wrong: true });
    expect(unknown.refused).to.include({ code: 'no_target', next: 'Did you mean `api`?' });
    expect(check('{ kind: kill, service: db }', SHOP, 'protect: [db]'))
      .to.deep.include({ wrong: true })
      .and.nested.property('refused.code', 'protected');
    expect(
      check('{ kind: kill, service: api, pick: all }', SHOP, 'blast_radius: { max_targets: 2 }'),
    ).to.nested.include({
      wrong: true,
      'refused.code': 'blast_radius',
    });
    expect(check('{ kind: kill, service: api, count: 2 }')).to.nested.include({
      wrong: true,
      'refused.code': 'max_unavailable',
    });
    expect(
      check(
        '{ kind: kill, service: db }',
        world(row('db', 1, { labels: { env: 'prod' } })),
        'production: { labels: [env=prod] }',
      ),
    ).to.nested.include({ wrong: true, 'refused.code': 'production' });
    expect(check('{ kind: kill, service: job }')).to.nested.include({
      wrong: true,
      'refused.code': 'unsupported_target',
    });
  });

  it('are refused for now, and not wrong, where the service is there and does not run', () => {
    expect(
      check('{ kind: kill, service: db }', world(row('db', 1, { state: 'exited' }))),
    ).to.nested.include({
      wrong: false,
      'refused.code': 'no_target',
    });
    expect(
      check(
        '{ kind: kill, service: db-2 }',
        world(row('db', 1, { state: 'exited' }), row('db', 2)),
      ),
    ).to.nested.include({ wrong: false, 'refused.code': 'last_healthy' });
  });
});

describe('the names in a story', () => {
  const named = storyOf(`protect: [grafna, db]
chapters:
  - title: A
    on_enter:
      - probe: { container: ap }
      - probe: { container: all }
      - inject: { kind: kill, service: api-2 }
      - inject: { kind: kill, service: [wek, db], exclude: [grafan] }
      - inject: { kind: kill }
`);

  it('are told of where they are not known, with the nearest one', () => {
    expect(checkNames(named, ['api', 'db', 'grafana', 'web'], 'has no instance now')).to.deep.equal(
      [
        'A fault names wek, which has no instance now. Did you mean web?',
        'A fault names grafan, which has no instance now. Did you mean grafana?',
        'The story protects grafna, which has no instance now. Did you mean grafana?',
        'A probe looks at ap, which has no instance now. Did you mean api?',
      ],
    );
  });

  it('are fine where all are known, and numbered services are no instances', () => {
    expect(
      checkNames(named, ['ap', 'api-2', 'db', 'grafna', 'grafan', 'wek'], 'is not there'),
    ).to.deep.equal([]);
  });
});
