/**
 * The hypotheses of chapters: each is judged, and written down, as soon as its chapter's actions have ended and none of its faults
 * is live any more. One that deviated ends the command that found it; where the watchdog did, the next one that goes on.
 */
import { faultsOfAttempt, isDue, untoldDeviations } from '../run/attempts.ts';
import { Refusal } from '../terms/outcomes.ts';
import { currentRun, type RunnerPorts, record, type Stream } from './ports.ts';

/** Writes down those that are due; nothing where none is. */
export async function* judgeHypotheses(ports: RunnerPorts): Stream<void> {
  for (const chapter of ports.story.chapters) {
    const run = currentRun(ports);
    if (!isDue(run, chapter)) continue;
    const { id, hypothesis, on_deviation } = chapter;
    const items = await ports.measure.hypothesis(hypothesis, faultsOfAttempt(run, id));
    yield record(ports, { type: 'hypothesis.checked', chapter: id, on_deviation, items });
  }
}

/** Those that deviated count as said: the command ends with something else, or goes back on its own account. */
export async function* passOverDeviations(ports: RunnerPorts): Stream<Refusal | null> {
  const untold = untoldDeviations(currentRun(ports));
  if (untold.length === 0) return null;
  const chapters = untold.map(([chapter]) => chapter);
  yield record(ports, { type: 'hypothesis.told', chapters });
  const { story } = currentRun(ports);
  const texts = untold.map(([id, { items }]) => {
    const title = story.chapters.find((chapter) => chapter.id === id)?.title ?? id;
    const unmet = items.filter(({ state }) => state === 'deviated');
    return `The hypothesis of "${title}" deviated: ${unmet.map(({ text, name, wanted }) => `${text} (expected: ${name} ${wanted})`).join('; ')}.`;
  });
  return new Refusal('deviated', texts.join(' '), ON);
}

/** Ends a command with those that deviated, once. Throws Refusal `deviated`. */
export async function* tellOfDeviations(ports: RunnerPorts): Stream<void> {
  const refusal = yield* passOverDeviations(ports);
  if (refusal) throw refusal;
}

const ON = 'Read on with `story report`, or go on with `chapter next`.';
