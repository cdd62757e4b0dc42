import { expect } from 'chai';
import { describe, it } from 'mocha';
import { type Instance, NOTHING_KNOWN } from '../../src/fault/instance.ts';
import type { Drift } from '../../src/run/drift.ts';
import type { Fault, Run } from '../../src/run/run.ts';
import type { Schedule } from '../../src/run/schedules.ts';
import type { Chapter, Story } from '../../src/story/story.ts';
import { chapterResult } from '../../src/view/chapter-results.ts';
import { faultListResult, type Listed } from '../../src/view/fault-list-result.ts';
import { faultJson, injectedResult, recoveredResult } from '../../src/view/fault-results.ts';
import { planResult } from '../../src/view/plan-results.ts';
import { playedResult, positionResult } from '../../src/view/results.ts';

const AT = '2026-11-24T10:00:00.000Z';
const NOW_MS = Date.parse(AT) + 12_000;

const target = (service: string, number: number, name = `shop-${service}-${number}`): Instance => ({
  id: `${service}${number}`.padEnd(64, '0'),
  name,
  project: 'shop',
  service,
  number,
  state: 'running',
  health: 'none',
  ...NOTHING_KNOWN,
  incarnation: AT,
  started_at: AT,
  record: {},
  untouchable: null,
});

const fault = (patch: Partial<Fault> = {}): Fault => ({
  id: 'f1',
  kind: 'kill',
  phase: 'injected',
  targets: [target('redis', 2, 'operator-redis-redis-2')],
  params: {},
  effects: [{ on: 'lifecycle', to: 'killed' }],
  before: [],
  left: [],
  words: { doing: 'killing', done: 'killed', undo: 'restart' },
  chapter: null,
  observed: false,
  schedule: null,
  engine_time: AT,
  injecting_at: AT,
  injected_at: AT,
  deadline: null,
  recovering_at: null,
  recovered_at: null,
  outcome: null,
  reason: null,
  seed: 7,
  abort_if: [],
  workload: null,
  probes: [],
  ...patch,
});

const list = (run: Run | null, faults: Fault[], patch: Partial<Listed> = {}) =>
  faultListResult({
    schedules: [],
    verdicts: new Map(),
    halt: null,
    isHeld: false,
    run,
    faults,
    drifts: new Map(),
    engineNote: null,
    impact: [],
    watchdog: null,
    nowMs: NOW_MS,
    ...patch,
  });

const chapter = (title: string, patch: Partial<Chapter> = {}): Chapter => ({
  id: title.toLowerCase(),
  title,
  narration: '',
  notes: '',
  hypothesis: [],
  on_deviation: 'stop',
  on_enter: [],
  auto_advance: false,
  blocks_advance: false,
  ...patch,
});

const story = {
  name: 'shop',
  chapters: [chapter('Welcome'), chapter('Recovery')],
} as Partial<Story> as Story;

function runAt(index: number, faults: Fault[] = []): Run {
  const position = {
    index,
    chapter: story.chapters[index]?.id ?? null,
    phase: 'entered',
    at: AT,
    failure: null,
  };
  return { id: 'r1', faults, schedules: [], position, verified: null } as Partial<Run> as Run;
}

describe('view: results', () => {
  it('says where the run stands, for people and for scripts', () => {
    const moved = { story, impact: [], entered: [] };
    expect(positionResult({ ...moved, run: runAt(1, [fault()]) })).to.deep.equal({
      json: {
        run: 'r1',
        chapter: { id: 'recovery', title: 'Recovery', number: 2, of: 2, phase: 'entered' },
        next: null,
        end_of_story: true,
        live_faults: [faultJson(fault())],
        live_schedules: [],
        impact: [],
        hypotheses: [],
        verified: null,
      },
      lines: ['[2/2] Recovery (live: f1: kill redis-2; the end of the story)'],
    });
    expect(positionResult({ ...moved, run: runAt(-1) })).to.deep.include({
      lines: ['[0/2] before the first chapter (next: Welcome)'],
    });
  });

  it('names every chapter that was entered, also those that came by themselves', () => {
    const moved = { run: runAt(1), story, impact: [], entered: ['welcome', 'recovery'] };
    expect((playedResult(moved).json.played as { id: string }[]).map(({ id }) => id)).to.deep.equal(
      ['welcome', 'recovery'],
    );
  });

  it('lists what comes again, when the next one does, and what came of one that has ended', () => {
    const schedule = {
      ...{ id: 's1', chapter: null, every_ms: 60_000, jitter_ms: 20_000, for_ms: 1_800_000 },
      ...{ turns: 3, skipped: 1, recovered: 2, ended: null, force: false },
      inject: { kind: 'delay', service: 'redis', duration_ms: 20_000 },
      next_at: new Date(NOW_MS + 23_000).toISOString(),
      ends_at: new Date(NOW_MS + 60_000).toISOString(),
      last_skip: { turn: 2, at: AT, code: 'last_healthy', message: 'redis-1 is the last.' },
    } as unknown as Schedule;
    const live = list(runAt(0), [], { schedules: [schedule] });
    expect(live.lines.slice(0, 3)).to.deep.equal([
      'No fault is live.',
      's1: delay redis every 1m ± 20s for 30m  3 turns, 2 recovered, 1 skipped; the next turn comes in 23s, and none after 1m',
      '    last skipped: turn 2: redis-1 is the last.',
    ]);
    expect((live.json as { schedules: object[] }).schedules[0]).to.deep.include({
      kind: 'delay',
      service: 'redis',
      next_at: schedule.next_at,
      verdict: null,
    });
    const over = { ...schedule, ended: { at: AT, because: 'halted', by: 'command' } } as Schedule;
    const all = { schedules: [over], verdicts: new Map([['s1', 's1: all of it.']]) };
    const lines = list(runAt(0), [], all).lines;
    expect(lines[1]).to.match(/1 skipped; ended by a halt$/);
    expect(lines[3]).to.equal('    s1: all of it.');
  });

  it('says what was injected, and how it ends', () => {
    const { lines } = injectedResult({
      run: runAt(0),
      fault: fault(),
      impact: [],
      nowMs: NOW_MS,
    });
    expect(lines).to.deep.equal([
      'f1: killed redis-2 (operator-redis-redis-2). Recover with `fault recover`.',
    ]);
    const limited = fault({ deadline: '2026-11-24T10:01:30.000Z' });
    expect(
      injectedResult({ run: runAt(0), fault: limited, impact: [], nowMs: NOW_MS }).lines[0],
    ).to.match(/Ends by itself after 1m 30s; `fault recover` ends it now\.$/);
  });

  it('shortens the targets in JSON, in snake_case, without anything secret', () => {
    const json = faultJson(fault());
    expect(json.targets).to.deep.equal([
      {
        label: 'redis-2',
        service: 'redis',
        number: 2,
        name: 'operator-redis-redis-2',
        id: target('redis', 2).id,
      },
    ]);
    expect(Object.keys(json).every((key) => /^[a-z_]+$/.test(key))).to.equal(true);
  });

  it('lists live faults with their age, their deadline and the drift', () => {
    const faults = [
      fault(),
      fault({ id: 'f2', deadline: '2026-11-24T10:00:30.000Z' }),
      fault({ id: 'f3', deadline: '2026-11-24T10:00:10.000Z' }),
    ];
    const drifts = new Map<string, Drift[]>([
      [
        'f1',
        [{ target: 'redis-2', finding: 'restarted', text: 'somebody restarted redis-2 at 10:00' }],
      ],
      ['f2', [{ target: 'redis-2', finding: 'in_force', text: '' }]],
    ]);
    const { json, lines } = list(runAt(0, faults), faults, { drifts });
    expect(lines).to.deep.equal([
      'f1: kill redis-2  injected, live for 12s',
      '    drift: somebody restarted redis-2 at 10:00',
      'f2: kill redis-2  injected, live for 12s, due to recover by itself in 18s',
      'f3: kill redis-2  injected, live for 12s, due to recover by itself 2s ago',
    ]);
    expect((json.faults as { drift: unknown }[]).map((each) => each.drift)).to.deep.equal([
      drifts.get('f1'),
      drifts.get('f2'),
      null,
    ]);
  });

  it("takes an undo for nobody else's while a recovery is under way", () => {
    const drifts = new Map<string, Drift[]>([
      [
        'f1',
        [{ target: 'redis-2', finding: 'restarted', text: 'somebody restarted redis-2 at 10:00' }],
      ],
    ]);
    const faults = [fault({ phase: 'recovering' })];
    const { lines } = list(runAt(0, faults), faults, { drifts });
    expect(lines).to.deep.equal([
      'f1: kill redis-2  recovering, live for 12s',
      '    undone, but not verified yet',
    ]);
  });

  it('says why a fault is not verified, how one ended, and that the engine was not asked', () => {
    const faults = [
      fault({ phase: 'unverified', reason: 'redis-2 is exited' }),
      fault({ id: 'f0', phase: 'recovered', outcome: 'closed', reason: 'removed by hand' }),
    ];
    expect(
      list(runAt(0, faults), faults, {
        engineNote: 'The engine does not answer: the journal alone is shown.',
      }).lines,
    ).to.deep.equal([
      'f1: kill redis-2  unverified, live for 12s: redis-2 is exited',
      'f0: kill redis-2  closed by hand: removed by hand',
      'The engine does not answer: the journal alone is shown.',
    ]);
    expect(list(null, [])).to.deep.equal({
      json: {
        run: null,
        faults: [],
        engine: null,
        aborted: null,
        unfinished: null,
        halted: null,
        schedules: [],
        containers: null,
        watchdog: null,
        unguarded: [],
        overdue: [],
      },
      lines: ['No fault is live.'],
    });
  });

  it('never dates a fault into the future when the clock was set back', () => {
    expect(list(runAt(0), [fault()], { nowMs: NOW_MS - 3_600_000 }).lines[0]).to.equal(
      'f1: kill redis-2  injected, live for 0ms',
    );
  });

  it('says how faults were recovered', () => {
    const recovered = fault({
      phase: 'recovered',
      outcome: 'verified',
      reason: 'redis-2 started, healthy',
      recovered_at: AT,
    });
    expect(
      recoveredResult({
        run: runAt(0, [recovered]),
        faults: [recovered],
        schedules: [],
        verdicts: new Map(),
        impact: [],
        isHeld: false,
      }),
    ).to.deep.equal({
      json: {
        run: 'r1',
        faults: [faultJson(recovered)],
        schedules: [],
        live_faults: [],
        impact: [],
        hypotheses: [],
        unfinished: null,
      },
      lines: ['f1 recovered: redis-2 started, healthy'],
    });
    expect(
      recoveredResult({
        run: runAt(0),
        faults: [],
        schedules: [],
        verdicts: new Map(),
        impact: [],
        isHeld: false,
      }).lines,
    ).to.deep.equal(['No fault is live: nothing to recover.']);
  });

  it('prints a plan: what, to whom, how it is undone, and why it would be refused', () => {
    const { id, name } = target('redis', 2);
    const steps = [
      {
        action: 'kill one random instance of redis',
        targets: [{ label: 'redis-2', name, id }],
        left: [{ service: 'redis', of: 3, untouched: 2, majority: true }],
        doing: 'killing',
        undo: 'start the same target',
        refused: null,
      },
      {
        action: 'wait 5s',
        targets: [],
        left: [],
        doing: null,
        undo: null,
        refused: {
          code: 'protected',
          message: 'The story protects redis.',
          next: 'Choose another service.',
        },
      },
    ];
    expect(planResult({ title: '[4/8] Fault Injection', steps })).to.deep.equal({
      json: { plan: { title: '[4/8] Fault Injection', steps } },
      lines: [
        'Would do: [4/8] Fault Injection',
        '- kill one random instance of redis',
        `    target: redis-2 (${name}, ${id.slice(0, 12)})`,
        '    killing redis-2; 2 of 3 are untouched (a majority)',
        '    undo: start the same target',
        '- wait 5s',
        '    refused now: The story protects redis. Choose another service.',
      ],
      exit: 4,
    });
    expect(planResult({ title: '[1/8] Welcome', steps: [] }).lines).to.deep.equal([
      'Would do: [1/8] Welcome',
      '- nothing but its narration',
    ]);
  });

  it('shows a chapter, its notes only when asked', () => {
    const shown = chapter('Recovery', {
      narration: 'One.\r\n\r\nTwo.\n',
      notes: 'Breathe.\n',
      auto_advance: true,
      blocks_advance: true,
      on_enter: [{ do: 'recover', fault: 'all' }],
    });
    const found = { chapter: shown, number: 7, of: 8, run: null, isCurrent: false };
    const open = chapterResult(found, false);
    expect(open.lines).to.deep.equal([
      '[7/8] Recovery (advances by itself; blocks until its actions have ended)',
      'One.',
      '',
      'Two.',
      '- recover every live fault, last in first out',
    ]);
    expect(JSON.stringify(open.json)).not.to.include('Breathe');
    expect(chapterResult(found, true).lines.slice(-2)).to.deep.equal(['Notes:', 'Breathe.']);
  });
});
