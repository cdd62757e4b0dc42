/** What chapters expected and what came of it, for `--json` and for a person. Pure. */
import { judgedIn } from '../run/attempts.ts';
import type { Run } from '../run/run.ts';
import { describeExpected } from '../story/describe-hypothesis.ts';
import type { Chapter } from '../story/story.ts';
import { sayJudged } from './say/judged.ts';

/** Those that were judged in this run. */
export function hypothesesJson(run: Run | null): Record<string, unknown>[] {
  return judgedIn(run).map(([chapter, { at, state, on_deviation, items }]) => {
    return { chapter, judged_at: at, state, on_deviation, items };
  });
}

/** Each item of a chapter: as it was judged, else what is expected. */
export function hypothesisLines({ id, hypothesis }: Chapter, run: Run | null): string[] {
  if (hypothesis.length === 0) return [];
  const judged = run?.attempts[id]?.judged ?? null;
  const items = judged?.items.map(sayJudged) ?? hypothesis.map(describeExpected);
  return ['Hypothesis:', ...items.map((each) => `  ${each}`)];
}
