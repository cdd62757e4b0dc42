/** What keeps a fault from its targets, how each guard is overruled, and what is said to be left. */
import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { formatAmount, parseAmount } from '../../src/fault/amount.ts';
import { leftOf } from '../../src/fault/guards.ts';
import { type InstanceRow, label } from '../../src/fault/instance.ts';
import { type Selector, type SelectorContext, select } from '../../src/fault/selectors.ts';
import { Refusal } from '../../src/terms/outcomes.ts';
import { sayLeft } from '../../src/view/say/left.ts';
import { refusal, row, stacks } from '../story/things.ts';

const NOBODY: ReadonlyMap<string, string> = new Map();

const choose = (
  rows: readonly InstanceRow[],
  wanted: Partial<Selector>,
  patch: Partial<SelectorContext> = {},
): InstanceRow[] =>
  select(
    rows,
    {
      service: null,
      labels: [],
      pick: { by: 'random' },
      count: 1,
      seed: null,
      exclude: [],
      overrule: [],
      ...wanted,
    },
    {
      project: 'shop',
      protect: [],
      held: NOBODY,
      disturbed: NOBODY,
      maxTargets: null,
      maxUnavailable: null,
      production: { labels: [], contexts: [] },
      reachedBy: [],
      startCommand: 'docker compose up -d',
      unpauseCommand: 'docker compose unpause',
      seed: 1,
      printed: null,
      ...patch,
    },
  );

const many = (service: string, count: number, patch: Partial<InstanceRow> = {}) =>
  Array.from({ length: count }, (_, index) => row(service, index + 1, patch));
const broken = (...rows: (InstanceRow | undefined)[]) =>
  new Map(rows.map((each, index) => [each?.id ?? '', `f${index + 1}`]));

describe('guards', () => {
  it('let fewer than half of a service be unavailable, and one at least', () => {
    const most = [1, 2, 3, 4, 5, 6, 7].map((count) => {
      const rows = many('web', count);
      const fits = (n: number) => {
        try {
          return choose(rows, { service: 'web', count: n, overrule: ['last_healthy'] }).length;
        } catch {
          return 0;
        }
      };
      return Math.max(...Array.from({ length: count }, (_, index) => fits(index + 1)));
    });
    expect(most).to.deep.equal([1, 1, 1, 1, 2, 2, 3]);
  });

  it('count what is down, unwell or broken already, and not twice', () => {
    const [one, two, three] = many('web', 3) as [InstanceRow, InstanceRow, InstanceRow];
    const { code, message, next } = refusal(() =>
      choose([one, two, three], { service: 'web-2' }, { disturbed: broken(one) }),
    );
    expect(code).to.equal('max_unavailable');
    expect(message).to.equal(
      'With web-2 beside web-1, 2 of 3 instances of web would be unavailable at once; blast_radius.max_unavailable allows 1.',
    );
    expect(next)
      .to.include('--overrule max_unavailable')
      .and.include('overrule: [max_unavailable]');
    for (const away of [{ state: 'exited' }, { health: 'unhealthy' as const }])
      expect(
        refusal(() => choose([{ ...one, ...away }, two, three], { service: 'web-2' })).code,
      ).to.equal('max_unavailable');
    // A second fault on what is broken takes nothing more away.
    expect(
      choose([one, two, three], { service: 'web-1' }, { disturbed: broken(one) }).map(label),
    ).to.deep.equal(['web-1']);
    expect(
      choose(
        [one, two, three],
        { service: 'web-2', overrule: ['max_unavailable'] },
        {
          disturbed: broken(one),
        },
      ).map(label),
    ).to.deep.equal(['web-2']);
  });

  it('go by the number or the share that the story allows', () => {
    const rows = many('web', 4);
    const two = (maxUnavailable: SelectorContext['maxUnavailable']) => () =>
      choose(rows, { service: 'web', count: 2 }, { maxUnavailable });
    expect(refusal(two(null)).code).to.equal('max_unavailable');
    expect(refusal(two({ share: 0.25 })).code).to.equal('max_unavailable');
    expect(two({ share: 0.5 })()).to.have.lengthOf(2);
    expect(two(2)()).to.have.lengthOf(2);
  });

  it('keep the last healthy instance of a service that has several, and leave one alone that is the only one', () => {
    const pair = [row('web', 1, { health: 'unhealthy' }), row('web', 2, { health: 'healthy' })];
    const { code, message, next } = refusal(() => choose(pair, { service: 'web-2' }));
    expect(code).to.equal('last_healthy');
    expect(message).to.match(/^web-2 is the last healthy instance of web\. With web-2 beside/);
    expect(next).to.include('--overrule last_healthy,max_unavailable');
    const overruled = ['last_healthy', 'max_unavailable'] as const;
    expect(choose(pair, { service: 'web-2', overrule: overruled }).map(label)).to.deep.equal([
      'web-2',
    ]);
    const all = { service: 'web', pick: { by: 'all' } } as const;
    expect(
      refusal(() => choose(many('web', 2), all, { maxUnavailable: { share: 1 } })).message,
    ).to.equal('web-1, web-2 are all the healthy instances of web.');
    expect(choose([row('db', 1)], { service: 'db' }).map(label)).to.deep.equal(['db-1']);
    // One that has just started is not there yet.
    const starting = [row('web', 1, { health: 'starting' }), row('web', 2)];
    expect(refusal(() => choose(starting, { service: 'web-2' })).code).to.equal('last_healthy');
    expect(choose(starting, { service: 'web-1' }).map(label)).to.deep.equal(['web-1']);
  });

  it('keep away from what the story or a label protects', () => {
    const rows = [
      row('web', 1),
      row('web', 2),
      row('web', 3, { labels: { 'gameday.protect': 'true' } }),
    ];
    const protect = ['web-1'];
    for (let seed = 0; seed < 20; seed++)
      expect(choose(rows, {}, { protect, seed }).map(label)).to.deep.equal(['web-2']);
    expect(refusal(() => choose(rows, { service: 'web-1' }, { protect })).message).to.equal(
      'The story protects web-1.',
    );
    const { code, message, next } = refusal(() => choose(rows, { service: 'web' }, { protect }));
    expect([code, message]).to.deep.equal([
      'protected',
      'The story protects web-1. The label gameday.protect=true protects web-3.',
    ]);
    expect(next).to.include('--overrule protected');
    expect(
      choose(rows, { service: 'web-3', overrule: ['protected'] }, { protect }).map(label),
    ).to.deep.equal(['web-3']);
    const off = row('web', 4, { labels: { 'gameday.protect': 'false' } });
    expect(choose([...rows, off], { service: 'web-4' }).map(label)).to.deep.equal(['web-4']);
  });

  it('keep away from what looks like production, by labels and contexts as the user names them', () => {
    const rows = [row('web', 1, { labels: { env: 'prod-eu', tier: 'front' } }), row('db', 1)];
    const by =
      (labels: string[], contexts: string[], overrule: Selector['overrule'] = []) =>
      () =>
        choose(
          rows,
          { service: 'db', overrule },
          { production: { labels, contexts }, reachedBy: ['prod-1', 'ssh://eu.example.com'] },
        );
    for (const [labels, contexts, said] of [
      [['env=prod*'], [], 'web-1 bears the label env=prod-eu'],
      [['*=*eu'], [], 'env=prod-eu'],
      [['tier'], [], 'tier=front'],
      [[], ['prod-*'], 'reached by prod-1'],
      [[], ['ssh://*.example.com'], 'reached by ssh://eu.example.com'],
      [[], ['*'], 'reached by prod-1'],
    ] as [string[], string[], string][]) {
      const { code, message } = refusal(by(labels, contexts));
      expect(code).to.equal('production');
      expect(message).to.include(said);
      expect(by(labels, contexts, ['production'])().map(label)).to.deep.equal(['db-1']);
    }
    for (const [labels, contexts] of [
      [['env=prod'], ['prod']],
      [['env=*prod'], ['*.example.com.*']],
      [['prod'], ['rod-*']],
      [['env=prod-eu-*eu'], ['prod-1*1']],
    ] as [string[], string[]][])
      expect(by(labels, contexts)().map(label)).to.deep.equal(['db-1']);
  });

  it('are passed over by chance, where any service would do', () => {
    const rows = [...many('web', 2), row('db', 1)];
    for (let seed = 0; seed < 30; seed++)
      expect(
        choose(rows, {}, { seed, disturbed: broken(rows[0]), held: broken(rows[0]) }).map(label),
      ).to.deep.equal(['db-1']);
    // Where nothing else is left, the reason is said.
    expect(
      refusal(() =>
        choose(many('web', 2), {}, { disturbed: broken(rows[0]), held: broken(rows[0]) }),
      ).code,
    ).to.equal('last_healthy');
  });

  it('never leave a service without a healthy instance that had several, nor with too few, in any stack', () => {
    let hits = 0;
    fc.assert(
      fc.property(
        stacks,
        fc.constantFrom(null, 'web', 'store', 'cache'),
        fc.constantFrom(1, 2, 3, { share: 0.5 }),
        fc.constantFrom('random', 'oldest', 'newest'),
        fc.nat({ max: 2 ** 32 - 1 }),
        (rows, service, count, by, seed) => {
          let chosen: InstanceRow[];
          try {
            chosen = choose(rows, { service, count, pick: { by } }, { seed });
          } catch (error) {
            if (error instanceof Refusal) return;
            throw error;
          }
          hits++;
          for (const name of new Set(chosen.map((each) => each.service))) {
            const all = rows.filter((each) => each.service === name && each.untouchable === null);
            const well = (each: InstanceRow) =>
              each.state === 'running' && (each.health === 'none' || each.health === 'healthy');
            if (all.length > 1 && chosen.some((each) => each.service === name && well(each)))
              expect(all.some((each) => well(each) && !chosen.includes(each))).to.equal(true);
          }
        },
      ),
      { numRuns: 2000 },
    );
    expect(hits).to.be.above(300);
  });
});

describe('the choice of targets', () => {
  const AT = (minute: number) => `2026-11-01T00:0${minute}:00.000Z`;
  const rows = [
    row('web', 1, { made_at: AT(3) }),
    row('web', 2, { made_at: AT(1) }),
    row('web', 3, { made_at: AT(2) }),
    row('web', 4, { made_at: AT(3) }),
    row('web', 5),
  ];
  const by = (pick: 'oldest' | 'newest', count: Selector['count'] = 1) =>
    choose(rows, { service: 'web', pick: { by: pick }, count }).map(label);

  it('takes those that were made first or last; those of one moment by their numbers', () => {
    expect(by('oldest')).to.deep.equal(['web-2']);
    expect(by('oldest', 2)).to.deep.equal(['web-2', 'web-3']);
    expect(by('newest')).to.deep.equal(['web-4']);
    expect(by('newest', 2)).to.deep.equal(['web-1', 'web-4']);
  });

  it('takes a share of all that match, rounded down, one at least', () => {
    expect(by('oldest', { share: 0.5 })).to.have.lengthOf(2);
    expect(by('oldest', { share: 0.01 })).to.have.lengthOf(1);
    // Half of four are two, also where one of them is down.
    const { code, message } = refusal(() =>
      choose(
        [
          row('db', 1),
          ...many('db', 3, { state: 'exited' }).map((each) => ({ ...each, number: 4 })),
        ],
        { service: 'db', count: { share: 0.5 } },
      ),
    );
    expect([code, message]).to.deep.equal([
      'no_target',
      'Asked for 2 targets; only 1 is available: db-1.',
    ]);
  });

  it('takes several services, and leaves out what is excluded', () => {
    const stack = [...many('api', 1), ...many('db', 1), ...many('web', 3)];
    const all = { pick: { by: 'all' }, overrule: ['last_healthy', 'max_unavailable'] } as const;
    expect(
      choose(stack, { ...all, service: ['web', 'api'], exclude: ['web-2'] }).map(label),
    ).to.deep.equal(['api-1', 'web-1', 'web-3']);
    expect(choose(stack, { ...all, exclude: ['web', 'db'] }).map(label)).to.deep.equal(['api-1']);
    expect(refusal(() => choose(stack, { service: ['web', 'dbb'] })).next).to.include('`db`');
    // A slip of the hand must not let through what was to be left out.
    const slip = refusal(() => choose(stack, { service: 'web', exclude: ['web-22'] }));
    expect([slip.code, slip.message]).to.deep.equal([
      'no_target',
      'No service is called "web-22"; there are api, db, web.',
    ]);
    expect(refusal(() => choose(stack, { service: 'db', exclude: ['db'] })).message).to.include(
      'is excluded: db',
    );
  });

  it('reads how many as a person writes it', () => {
    for (const text of ['1', '20', '50%', '100%', '0.5%', '33.3%'])
      expect(formatAmount(parseAmount(text) ?? 0)).to.equal(text);
    for (const text of ['0', '0%', '101%', '-1', '1.5', 'half', '', '50 %', '1e3'])
      expect(parseAmount(text), text).to.equal(null);
  });
});

describe('what a fault leaves', () => {
  const say = (
    rows: InstanceRow[],
    chosen: number[],
    disturbed: ReadonlyMap<string, string> = NOBODY,
  ) => {
    const hit = chosen.map((index) => rows[index] as InstanceRow);
    return sayLeft('killing', hit.map(label), leftOf(rows, hit, disturbed));
  };

  it('is said with whom it hits, in one line', () => {
    expect(say(many('etcd', 3), [1])).to.equal('killing etcd-2; 2 of 3 are untouched (a majority)');
    expect(say(many('etcd', 4), [0, 1])).to.equal(
      'killing etcd-1, etcd-2; 2 of 4 are untouched (no majority)',
    );
    expect(say(many('etcd', 3), [0, 1])).to.equal(
      'killing etcd-1, etcd-2; 1 of 3 is untouched (no majority)',
    );
    expect(say(many('etcd', 2), [0])).to.equal('killing etcd-1; 1 of 2 is untouched');
    expect(say(many('redis', 1), [0])).to.equal('killing redis-1; redis has no other instance');
    expect(say([...many('api', 1), ...many('web', 3)], [0, 2])).to.equal(
      'killing api-1, web-2; untouched: none of 1 of api, 2 of 3 of web (a majority)',
    );
  });

  it('counts neither what is down or unwell nor what is broken already', () => {
    const rows = many('etcd', 5);
    const sick = rows.with(3, { ...(rows[3] as InstanceRow), health: 'unhealthy' });
    expect(say(sick, [0], broken(sick[4]))).to.equal(
      'killing etcd-1; 2 of 5 are untouched (no majority)',
    );
  });
});
