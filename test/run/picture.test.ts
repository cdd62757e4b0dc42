/** The picture of a run, for any history of it and whatever of its files could be read. */
import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { HEALTHS, STATES } from '../../src/fault/instance.ts';
import { fold } from '../../src/run/fold.ts';
import { changesOf, foldStates, NOTHING_SEEN } from '../../src/run/instance-states.ts';
import { pictureOf, type Readings, SHOWN_MS } from '../../src/run/picture.ts';
import { liveFaults, type Run } from '../../src/run/run.ts';
import { defaultStory } from '../../src/story/default-story.ts';
import { AT, instance } from '../story/things.ts';
import { histories } from './run-histories.ts';

const NOW_MS = Date.parse(AT) + 3_600_000;

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

const windowAt = (at: number) => ({
  at,
  dt_ms: 250,
  ok: 10,
  errors: {},
  timeouts: 0,
  dropped: 0,
  in_flight: 0,
  histogram: [],
  p50_ms: null,
  p99_ms: null,
  p999_ms: null,
});

const looks = fc.option(
  fc.uniqueArray(
    fc.record({
      service: fc.constantFrom('api', 'web'),
      number: fc.integer({ min: 1, max: 12 }),
      state: fc.constantFrom(...STATES),
      health: fc.constantFrom(...HEALTHS),
    }),
    { selector: ({ service, number }) => `${service}-${number}`, maxLength: 8 },
  ),
);

describe('the picture of a run', () => {
  it('has for any history what the run has: live faults with their instances, position, workload', () => {
    fc.assert(
      fc.property(
        histories,
        looks,
        fc.array(fc.integer({ min: -2 * SHOWN_MS, max: 5000 }), { maxLength: 9 }),
        ({ events }, look, agoMs) => {
          const run = events.reduce<Run | null>(fold, null) as Run;
          const rows = look?.map((each) => ({ ...instance(each.service, each.number), ...each }));
          const states = rows
            ? foldStates(NOTHING_SEEN, changesOf(NOTHING_SEEN, rows, AT, true))
            : null;
          const windows = agoMs.map((ago) => windowAt(NOW_MS + ago));
          const readings = { ...EMPTY, run, events, states, windows };
          const before = structuredClone(readings);
          const picture = pictureOf(readings);
          expect(readings, 'what was read is left as it was').to.deep.equal(before);
          expect(JSON.parse(JSON.stringify(picture)), 'plain data').to.deep.equal(picture);

          expect(picture.faults).to.deep.equal(liveFaults(run));
          expect(picture.events.at(-1)?.seq).to.equal(run.seq);
          expect(picture.workload === null).to.equal(run.workload === null);
          for (const { at } of picture.workload?.windows ?? [])
            expect(at).to.be.within(NOW_MS - SHOWN_MS, NOW_MS);

          expect(picture.chapters.map(({ id }) => id)).to.deep.equal(
            run.story.chapters.map(({ id }) => id),
          );
          const current = picture.chapters.filter(
            ({ phase }) => !['passed', 'ahead'].includes(phase),
          );
          expect(current.map(({ id, phase }) => ({ id, phase }))).to.deep.equal(
            run.position.chapter === null
              ? []
              : [{ id: run.position.chapter, phase: run.position.phase }],
          );

          if (!rows || rows.length === 0) expect(picture.instances).to.equal(null);
          else {
            const shown = picture.instances ?? [];
            expect(shown.map(({ id }) => id)).to.have.members(rows.map(({ id }) => id));
            for (const { id, faults } of shown)
              expect(faults).to.deep.equal(
                liveFaults(run)
                  .filter(({ targets }) => targets.some((target) => target.id === id))
                  .map((each) => each.id),
              );
          }
        },
      ),
    );
  });

  it('orders instances as a listing does, by number and not by its digits', () => {
    const rows = [10, 2, 1].map((number) => instance('web', number));
    const states = foldStates(NOTHING_SEEN, changesOf(NOTHING_SEEN, rows, AT, true));
    const run = started();
    expect(
      pictureOf({ ...EMPTY, run, states }).instances?.map((each) => each.instance),
    ).to.deep.equal(['web-1', 'web-2', 'web-10']);
  });

  it('an instance that is gone is shown only while a live fault has hold of it', () => {
    const rows = [instance('web', 1), instance('web', 2)];
    let states = foldStates(NOTHING_SEEN, changesOf(NOTHING_SEEN, rows, AT, true));
    states = foldStates(states, changesOf(states, [], AT, true));
    const run = started();
    expect(pictureOf({ ...EMPTY, run, states }).instances).to.deep.equal([]);
    const held = { ...run, faults: [{ id: 'f1', phase: 'injected', targets: [rows[1]] }] };
    const [shown, ...more] =
      pictureOf({ ...EMPTY, run: held as unknown as Run, states }).instances ?? [];
    expect(shown).to.deep.include({ instance: 'web-2', state: 'gone', faults: ['f1'] });
    expect(more).to.deep.equal([]);
  });

  it('a probe that nobody looks at any more is not known, and says until when it was', () => {
    const run = { ...started(), watched: ['up', 'other'] };
    const probes = [
      { at: NOW_MS - 60_000, note: 'begin' as const },
      { at: NOW_MS - 59_000, probe: 'up', state: 'met' as const, text: 'fine' },
    ];
    expect(pictureOf({ ...EMPTY, run, probes }).probes).to.deep.equal([
      {
        probe: 'up',
        state: 'unknown',
        since: new Date(NOW_MS - 59_000).toISOString(),
        text: 'fine',
      },
      { probe: 'other', state: 'unknown', since: null, text: '' },
    ]);
    const now = pictureOf({ ...EMPTY, run, probes, nowMs: NOW_MS - 58_500 }).probes[0];
    expect(now).to.include({ state: 'met', text: 'fine' });
  });

  it('finds its place by the chapter in a story that was edited', () => {
    const story = defaultStory({ name: 'shop', engine: 'process' });
    const [first, second, ...rest] = story.chapters;
    const edited = { ...story, chapters: [second, first, ...rest] as typeof story.chapters };
    const run = { ...started(), position: at(first?.id as string) };
    const { chapters } = pictureOf({
      ...EMPTY,
      run,
      story: { story: edited, path: null, digest: 'b' },
    });
    expect(chapters.slice(0, 3).map(({ id, phase }) => `${id} ${phase}`)).to.deep.equal([
      `${second?.id} passed`,
      `${first?.id} entered`,
      `${rest[0]?.id} ahead`,
    ]);
  });

  it('of no run there is nothing to be seen', () => {
    const { at: _, ...nothing } = pictureOf(EMPTY);
    expect(nothing).to.deep.equal({
      run: null,
      environment: null,
      story: null,
      chapters: [],
      instances: null,
      faults: [],
      workload: null,
      probes: [],
      alerts: [],
      hypotheses: [],
      events: [],
      notes: [],
      progress: null,
      countdown: null,
      halt: null,
      leaders: [],
      holder: null,
      watchdog: null,
    });
  });
});

function started(): Run {
  const [{ events } = { events: [] }] = fc.sample(histories, 1);
  return fold(null, events[0] as never);
}

function at(chapter: string): Run['position'] {
  return { index: 0, chapter, phase: 'entered', at: AT, failure: null };
}
