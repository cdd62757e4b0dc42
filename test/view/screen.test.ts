/** The screen as it is drawn: for any run, any text and any size it fits, and what it says is seen without colour. */
import { expect } from 'chai';
import fc from 'fast-check';
import { before, describe, it } from 'mocha';
import { HEALTHS, STATES } from '../../src/fault/instance.ts';
import { fold } from '../../src/run/fold.ts';
import { haltRefusal } from '../../src/run/halt.ts';
import { changesOf, foldStates, NOTHING_SEEN } from '../../src/run/instance-states.ts';
import type { JudgedItem } from '../../src/run/judged-item.ts';
import { pictureOf, type Readings, SHOWN_MS } from '../../src/run/picture.ts';
import type { Run } from '../../src/run/run.ts';
import { injections } from '../../src/story/breaks.ts';
import { defaultStory } from '../../src/story/default-story.ts';
import { Refusal } from '../../src/terms/outcomes.ts';
import { paintWith } from '../../src/view/paint.ts';
import { chart } from '../../src/view/screen/chart.ts';
import { largeNumber } from '../../src/view/screen/digits.ts';
import { drawPanel, drawScreen } from '../../src/view/screen/draw.ts';
import { renderLine, textOf, widthOf } from '../../src/view/screen/line.ts';
import { failureMessage } from '../../src/view/screen/message.ts';
import type { ScreenModel } from '../../src/view/screen/model.ts';
import { NO_STEPS, StepTracker } from '../../src/view/screen/steps.ts';
import { KEYS, START, type Ui } from '../../src/view/screen/ui.ts';
import { clipTo, displayWidth, loadWrap, type Wrap } from '../../src/view/wrap.ts';
import { histories } from '../run/run-histories.ts';
import { AT, event, fault, instance, STARTED } from '../story/things.ts';

const NOW_MS = Date.parse(AT) + 60_000;

const EMPTY: Readings = {
  nowMs: NOW_MS,
  run: null,
  events: [],
  story: null,
  states: null,
  windows: [],
  notes: [],
  baseline: null,
  probes: [],
  alerts: [],
  expected: new Map(),
  late: null,
  countdown: null,
  leaders: null,
  holder: null,
  watchdog: null,
  progress: null,
  halt: null,
};

let wrap: Wrap;

function model(readings: Partial<Readings>, patch: Partial<ScreenModel> = {}): ScreenModel {
  return {
    picture: pictureOf({ ...EMPTY, ...readings }),
    story: defaultStory({ name: 'shop', engine: 'compose' }),
    steps: NO_STEPS,
    ui: START,
    busy: null,
    oursUntilMs: 0,
    diagnosis: [],
    audience: false,
    pid: 1,
    nowMs: NOW_MS,
    page: null,
    wrap,
    spell: (text) => text.replace('`fault', '`gameday fault'),
    ...patch,
  };
}

const shownAt = (drawn: ScreenModel, columns: number, rows: number): string[] =>
  drawScreen(drawn, { columns, rows }).map((each) => textOf(each).trimEnd());

const TEXTS = fc.constantFrom(
  'pager went off',
  '全サービスが停止しました。確認中です。',
  'e\u0301te\u0301 👩‍👩‍👧 🔥🔥🔥',
  'a'.repeat(300),
  '\u001b[31mred\u001b[0m \u202e reversed',
  '',
);

const uis: fc.Arbitrary<Ui> = fc.record({
  mode: fc.oneof(
    fc.constant({ is: 'watch' } as const),
    fc.record({
      is: fc.constant('ask' as const),
      question: TEXTS,
      move: fc.constant('next' as const),
    }),
    fc.record({ is: fc.constantFrom('note' as const, 'find' as const), text: TEXTS }),
  ),
  panel: fc.constantFrom(null, 'keys' as const, 'notes' as const, 'diagnosis' as const),
  looked: fc.constantFrom(null, 0, 7),
  fault: fc.nat(3),
  message: fc.option(fc.record({ text: TEXTS, isBad: fc.boolean() })),
});

const SIGN = 'HALTED: nothing is injected until `gameday fault resume`.';

const windowAt = (at: number, ok: number) => ({
  at,
  dt_ms: 250,
  ok,
  errors: {},
  timeouts: 0,
  dropped: 0,
  in_flight: 0,
  histogram: [],
  p50_ms: null,
  p99_ms: 12,
  p999_ms: null,
});

/** A run that stands in its fourth chapter, with one fault. */
function running(): Run {
  const chapters = defaultStory({ name: 'shop', engine: 'compose' }).chapters.map(
    ({ id, title }) => ({ id, title }),
  );
  const run = fold(null, event(1, STARTED));
  return {
    ...run,
    story: { ...run.story, chapters },
    position: { index: 3, chapter: 'fault-injection', phase: 'entered', at: AT, failure: null },
    faults: [fault({ injected_at: AT, injecting_at: AT })],
    fault_count: 1,
    workload: { kind: 'http', simulated: false, baseline: null, reference: null, started_at: AT },
  };
}

function states(...rows: ReturnType<typeof instance>[]) {
  return foldStates(NOTHING_SEEN, changesOf(NOTHING_SEEN, rows, AT, true));
}

describe('the screen', () => {
  before(async () => {
    wrap = await loadWrap();
  });

  it('fits any size, for any run and any text: no line is wider, and there are as many as rows', () => {
    fc.assert(
      fc.property(
        histories,
        uis,
        fc.array(TEXTS, { maxLength: 4 }),
        fc.option(
          fc.array(
            fc.record({ state: fc.constantFrom(...STATES), health: fc.constantFrom(...HEALTHS) }),
            { maxLength: 30 },
          ),
        ),
        fc.record({
          columns: fc.integer({ min: 20, max: 230 }),
          rows: fc.integer({ min: 1, max: 70 }),
        }),
        fc.boolean(),
        fc.option(fc.record({ by: TEXTS, since: fc.constant(AT), reason: fc.option(TEXTS) })),
        ({ events }, ui, texts, rows, size, audience, halt) => {
          const run = events.reduce<Run | null>(fold, null) as Run;
          const seen = rows?.map((each, index) => instance('web', index + 1, each));
          const notes = texts.map((text) => ({
            v: 1 as const,
            at: AT,
            author: text.slice(0, 9),
            text,
            chapter: null,
            after_seq: null,
          }));
          const readings = { run, events, notes, states: seen ? states(...seen) : null, halt };
          const steps = {
            chapter: 0,
            steps: texts.map((text, index) => ({
              key: `${index}/`,
              phase: 'running' as const,
              text,
              counts: index === 0,
              depth: index,
              lines: [text],
            })),
            lines: texts,
            countdown: { kind: 'kill', targets: texts, left_ms: 12_000 },
          };
          const drawn = model(readings, { ui, steps, audience, diagnosis: texts });
          const lines = drawScreen(drawn, size);
          expect(lines).to.have.length(size.rows);
          for (const each of lines) {
            expect(widthOf(each)).to.equal(size.columns);
            for (const bad of ['\u001b', '\u202e', '\n']) expect(textOf(each)).to.not.include(bad);
          }
          const isSigned = lines.some((each) => textOf(each).startsWith(SIGN));
          if (size.columns >= SIGN.length) expect(isSigned).to.equal(halt !== null);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('shows chapter, countdown, stack, workload and events on 80 columns and 24 rows', () => {
    const run = { ...running(), faults: [], fault_count: 0 };
    const windows = Array.from({ length: 240 }, (_, index) =>
      windowAt(NOW_MS - SHOWN_MS + index * 250, 25),
    );
    const steps = new StepTracker();
    steps.show({
      type: 'chapter',
      index: 3,
      of: 8,
      id: 'fault-injection',
      title: 'Fault Injection',
      narration: '',
      unverified: [],
    });
    steps.show({
      type: 'step',
      id: ['fault-injection', 0, 'countdown'],
      phase: 'running',
      doing: {
        do: 'countdown',
        kind: 'kill',
        targets: [{ label: 'web-2', name: 'shop-web-2' }],
        left_ms: 3000,
        of_ms: 3000,
      },
    });
    const note = { v: 1 as const, at: AT, author: 'ann', text: 'pager is quiet', chapter: null };
    const drawn = model(
      {
        run,
        windows,
        baseline: 100,
        events: [event(1, STARTED)],
        notes: [{ ...note, after_seq: 1 }],
        states: states(instance('web', 1), instance('web', 2, { health: 'healthy' })),
      },
      { steps: steps.shown, busy: 'entering "Fault Injection"' },
    );
    expect(shownAt(drawn, 80, 24).join('\n')).to.equal(EIGHTY);
  });

  it('names in words what colour says: live faults, states, a degraded workload', () => {
    const windows = Array.from({ length: 8 }, (_, index) =>
      windowAt(NOW_MS - 2000 + index * 250, 2),
    );
    const drawn = model({
      run: running(),
      windows,
      baseline: 100,
      states: states(instance('web', 1, { state: 'exited' }), instance('web', 2)),
    });
    for (const columns of [80, 200]) {
      const screen = shownAt(drawn, columns, 30).join('\n');
      expect(screen).to.match(/✖ web-1 {2}exited {2}f1/);
      expect(screen).to.match(/› f1 kill web-1 for 1m/);
      expect(screen).to.match(/DEGRADED {2}throughput 8% of/);
      expect(screen).to.match(/^LIVE f1: kill web-1/m);
    }
  });

  it('says that it is halted before the run, in each panel alone, and to the audience without what people wrote', () => {
    const halt = { by: 'ann', since: AT, reason: 'customers called' };
    const size = { columns: 120, rows: 24 };
    for (const audience of [false, true]) {
      const drawn = model({ halt }, { audience });
      for (const lines of [
        drawScreen(drawn, size),
        drawPanel('stack', drawn, size),
        drawPanel('workload', drawn, size),
      ]) {
        expect(lines).to.have.length(24);
        expect(lines.map(textOf)[1]?.trim()).to.equal(
          `${SIGN} By ann since ${AT.slice(0, 10)} 10:00:00 UTC${audience ? '' : ': customers called'}`,
        );
      }
    }
  });

  it('shows who leads as long as it is asked, and why nobody can be said to', () => {
    const told = (secondsAgo: number, audience = false) => {
      const at = new Date(NOW_MS - secondsAgo * 1000).toISOString();
      const clusters = [
        { of: ['web'], leader: 'web-2', why: null },
        { of: ['db', 'dc'], leader: null, why: 'No instance of db, dc leads: db-1 (exit code 1).' },
      ];
      const rows = Array.from({ length: 9 }, (_, index) => instance('web', index + 1));
      const readings = { run: running(), leaders: { at, clusters }, states: states(...rows) };
      return shownAt(model(readings, { audience }), 120, 24).join('\n');
    };
    for (const audience of [false, true]) {
      expect(told(15, audience)).to.match(/● web-2 {2}running {2}leads {2}/);
      expect(told(15, audience)).to.match(/\? No instance of db, dc leads: db-1 \(exit code 1\)/);
    }
    expect(told(16)).to.not.match(/leads|leader/);
    expect(told(-16)).to.not.match(/leads|leader/);
  });

  it('has no escape sequence without colour, and the same text with it', () => {
    const lines = drawScreen(model({ run: running() }), { columns: 80, rows: 24 });
    const plain = lines.map((each) => renderLine(each, paintWith(false)));
    const coloured = lines.map((each) => renderLine(each, paintWith(true)));
    expect(plain).to.deep.equal(lines.map((each) => textOf(each).trimEnd()));
    expect(coloured.join('')).to.include('\u001b[');
    // Colours of the terminal's own theme, and no background.
    const codes = coloured
      .join('')
      .split('\u001b[')
      .slice(1)
      .map((each) => Number(each.split('m')[0]));
    for (const code of codes) expect(code).to.be.oneOf([0, 1, 2, 7, 22, 27, 31, 32, 39]);
  });

  const judged = (
    state: JudgedItem['state'],
    name: string,
    text = `${name} as seen`,
  ): JudgedItem => ({
    expect: 'threshold',
    name,
    wanted: '<= 1%',
    state,
    measured: null,
    unit: null,
    text,
  });

  it('shows how each item of a hypothesis stands, also of a chapter before the one that is shown', () => {
    const items = [
      judged('met', 'errors'),
      judged('deviated', 'p99'),
      judged('not_measured', 'rate'),
    ];
    const run = running();
    const own = model({ run, expected: new Map([['fault-injection', items]]) });
    const told = shownAt(own, 100, 40).join('\n');
    expect(told).to.contain('Hypothesis, so far:');
    expect(told).to.contain('✔ errors <= 1%: met: errors as seen');
    expect(told).to.contain('✖ p99 <= 1%: deviated: p99 as seen');
    expect(told).to.contain('? rate <= 1%: not measured: rate as seen');
    const later = { ...run, position: { ...run.position, index: 4, chapter: 'detection' } };
    const shown = model({ run: later, expected: new Map([['fault-injection', items]]) });
    expect(shownAt(shown, 100, 40).join('\n')).to.contain('Hypothesis of fault-injection, so far:');
  });

  it('shows all of what is opened on 80 columns and 24 rows, or says how much is left out', () => {
    const opened = (panel: Ui['panel'], patch: Partial<ScreenModel> = {}, rows = 24) =>
      shownAt(model({ run: running() }, { ui: { ...START, panel }, ...patch }), 80, rows);
    for (const [key] of KEYS)
      expect(opened('keys').some((each) => each.startsWith(key))).to.equal(true);
    const halt = { by: 'ann', since: AT, reason: 'a'.repeat(90) };
    const page = 'http://127.0.0.1:1/token/';
    const picture = model({ run: running(), halt }).picture;
    const most = opened('keys', { page, picture });
    expect(most).to.include(`The audience's page: ${page}`);
    expect(most.join('\n')).to.match(/HALTED[\s\S]*q +leave, and/);
    expect(opened('keys').join('\n')).to.match(/\[4\/8\] Fault Injection/);
    const diagnosis = Array.from({ length: 40 }, (_, index) => `line ${index + 1}`);
    expect(opened('diagnosis', { diagnosis }).join('\n')).to.match(
      /line 16\n… and 24 more lines: a higher terminal shows them\nLIVE/,
    );
    expect(opened('diagnosis', { diagnosis }, 10).join('\n')).to.match(/line 5\n… and 35 more/);
  });

  it('cuts no sentence of a hypothesis, a step or a threshold in the middle', () => {
    const item = (state: JudgedItem['state'], name: string) =>
      judged(state, name, `${'long '.repeat(20)}the end of ${name}`);
    const items = [item('met', 'errors'), item('deviated', 'p99'), item('met', 'rate')];
    const run = running();
    const windows = Array.from({ length: 8 }, (_, n) => windowAt(NOW_MS - 2000 + n * 250, 2));
    const readings = {
      run,
      windows,
      baseline: 1234,
      states: states(instance('web', 1)),
      expected: new Map([['fault-injection', items]]),
    };
    for (let rows = 14; rows < 40; rows++) {
      const screen = shownAt(model(readings), 80, rows).join('\n');
      expect(screen).to.contain('Hypothesis, so far: 2 of 3 met, 1 deviated');
      const shown = items.filter(({ name }) => screen.includes(`${name} <= 1%`));
      if (rows >= 24) expect(shown.map(({ name }) => name)).to.include('p99');
      for (const { name } of items)
        expect(screen.includes(`the end of ${name}`)).to.equal(screen.includes(`${name} <= 1%`));
      if (rows >= 20)
        expect(screen)
          .to.match(/DEGRADED {2}throughput [\s\S]*50% of[\s\S]*baseline\)/)
          .and.not.match(/\(b.*…/);
    }
  });

  it('has nothing to say of a run that is over, but how to begin', () => {
    const run = { ...running(), faults: [], workload: null, finished_at: AT };
    const screen = shownAt(model({ run }), 80, 24).join('\n');
    expect(screen).to.match(/Run r1 is over\. 8 chapters\. SPACE begins a new run\./);
    expect(shownAt(model({}), 80, 24).join('\n')).to.match(/8 chapters\. SPACE begins\./);
  });

  it('shows what is not well first, where not all instances have room', () => {
    const rows = Array.from({ length: 40 }, (_, index) =>
      instance('web', index + 1, index === 35 ? { state: 'exited' } : {}),
    );
    const run = { ...running(), faults: [] };
    const screen = shownAt(model({ run, states: states(...rows) }), 80, 24).join('\n');
    expect(screen).to.match(/✖ web-36 {2}exited/);
    expect(screen).to.match(/… and \d+ more, all running/);
  });
});

describe('the parts of the screen', () => {
  it('a message names the next command once, and what was cancelled as it was said', () => {
    const words = {
      spell: (text: string) => text.replace('`fault', '`gameday fault'),
      spellNext: (next: string) => (next ? `Next: \`gameday ${next}\`` : ''),
    };
    const halt = { by: 'ann', since: AT, reason: null };
    const { text, isBad } = failureMessage(haltRefusal(halt), 'a step', words);
    expect(text).to.match(/Nothing is injected until `gameday fault resume`\.$/);
    expect(isBad).to.equal(true);
    const live = failureMessage(haltRefusal(halt, ['f1']), null, words);
    expect(live.text).to.match(/could not be recovered yet\. Next: `gameday fault halt`$/);
    const cancelled = new Refusal('interrupted', 'Cancelled.', 'chapter retry');
    expect(failureMessage(cancelled, 'Countdown cancelled', words).text).to.equal(
      'Countdown cancelled',
    );
    expect(failureMessage(cancelled, null, words).text).to.equal('Cancelled.');
  });

  it('a chart has a block for what was measured, a shade for a fault, nothing for what is not known', () => {
    const cells = [null, 0, 50, 100, 200].map((rate) => ({ rate, isFaulty: false }));
    const draw = (isFaulty: boolean) =>
      chart(
        cells.map((each) => ({ ...each, isFaulty })),
        100,
        2,
      ).map(textOf);
    expect(draw(false)).to.deep.equal(['   ██', ' ▁███']);
    expect(draw(true)).to.deep.equal(['░░░██', '░▁███']);
  });

  it('a large number has five rows, all as wide', () => {
    for (const value of [0, 7, 60, 1234567890]) {
      const rows = largeNumber(value);
      expect(rows).to.have.length(5);
      expect(new Set(rows.map((row) => row.length)).size).to.equal(1);
      expect(largeNumber(value, 2)).to.have.length(10);
    }
  });

  it('a text is cut at characters, by columns', () => {
    expect(clipTo('全サービス', 5)).to.equal('全サ…');
    expect(clipTo('全サービス', 6)).to.equal('全サ…');
    expect(clipTo('日本', 4)).to.equal('日本');
    expect(clipTo('abc', 0)).to.equal('');
    fc.assert(
      fc.property(TEXTS, fc.nat(30), (text, width) => {
        expect(displayWidth(clipTo(text, width))).to.be.at.most(width);
      }),
    );
  });

  it('what entering a chapter breaks is told with what is entered by itself after it', () => {
    const story = defaultStory({ name: 'shop', engine: 'compose' });
    const at = (id: string) => story.chapters.findIndex((each) => each.id === id);
    expect(injections(story, at('detection'))).to.deep.equal([]);
    expect(injections(story, at('fault-injection'))).to.have.length(1);
    const chained = story.chapters.map((each) => ({ ...each, auto_advance: true }));
    expect(injections({ chapters: chained }, 0)).to.have.length(1);
    expect(injections(story, 99)).to.deep.equal([]);
  });
});

const EIGHTY = `\
 shop   r1   [4/8]                                                 10:01:00 UTC
── Chapter ─────────────────────────────────────────────────────────────────────
[4/8] Fault Injection
One running instance, drawn at random, gets SIGKILL when the countdown reaches
zero.
In 3s: kill web-2   ESC cancels
  █████
      █
   ████
      █
  █████
── Stack ──────────────────────────────  ── Workload: http ─────────────────────
● web-1  running  (last seen)            100 ops/s   0 failed   (baseline 100)
● web-2  running, healthy  (last seen)   ███████████████████████████████████████
                                         ███████████████████████████████████████
                                         ███████████████████████████████████████
                                         ███████████████████████████████████████
                                         60s ago   top: 100 ops/s, ░ fault   now
── Events ──────────────────────────────────────────────────────────────────────
10:00:00 run r1 of shop begins
10:00:00 ✎ ann: pager is quiet

no fault is live  entering "Fault Injection"
SPACE next   b back   r recover   t retry   h halt   n note   ? keys   q quit`;
