/** What would be done, as `--dry-run` and `--rehearse` say it: nothing of it is. Pure. */
import type { Plan, PlanStep } from '../run/plan.ts';
import type { ChapterEstimate, Estimate } from '../story/estimate.ts';
import { formatDuration } from '../terms/duration.ts';
import { CODES, type Code } from '../terms/outcomes.ts';
import type { Result } from './results.ts';
import { sayLeft } from './say/left.ts';

/** Null: the story is at its end. What would be refused ends as the refusal does. */
export function planResult(plan: Plan | null): Result {
  const { title, steps } = plan ?? { title: 'nothing: this is the end of the story', steps: [] };
  const nothing = steps.length === 0 ? ['- nothing but its narration'] : [];
  return {
    json: { plan: { title, steps } },
    lines: [`Would do: ${title}`, ...nothing, ...steps.flatMap(stepLines)],
    ...exitOf(steps),
  };
}

function stepLines(step: PlanStep): string[] {
  return [
    `- ${step.action}`,
    ...step.targets.map(
      (target) => `    target: ${target.label} (${target.name}, ${target.id.slice(0, 12)})`,
    ),
    ...(step.doing !== null && step.targets.length > 0
      ? [
          `    ${sayLeft(
            step.doing,
            step.targets.map(({ label }) => label),
            step.left,
          )}`,
        ]
      : []),
    ...(step.undo ? [`    undo: ${step.undo}`] : []),
    ...(step.refused ? [`    refused now: ${step.refused.message} ${step.refused.next}`] : []),
  ];
}

/** As the first that would be refused. */
function exitOf(steps: readonly PlanStep[]): Pick<Result, 'exit'> {
  const refused = steps.find((step) => step.refused)?.refused;
  return refused ? { exit: CODES[refused.code as Code].exit } : {};
}

export interface Rehearsed {
  estimate: Estimate;
  chapters: (ChapterEstimate & { number: number; title: string; steps: PlanStep[] })[];
  notes: string[];
}

export function rehearsedResult({ estimate, chapters, notes }: Rehearsed): Result {
  const { typical_ms, longest_ms, reading_ms } = estimate;
  const steps = chapters.flatMap((chapter) => chapter.steps);
  const refused = steps.filter((step) => step.refused).length;
  const count = `${refused} of ${steps.length} ${steps.length === 1 ? 'action' : 'actions'}`;
  return {
    json: { rehearsal: { chapters, typical_ms, longest_ms, reading_ms, refused, notes } },
    lines: [
      ...chapters.flatMap((chapter) => [
        `[${chapter.number}/${chapters.length}] ${chapter.title}  ${spanWords(chapter)}`,
        ...chapter.steps.flatMap(stepLines).map((line) => `  ${line}`),
      ]),
      `The whole story: ${spanWords(estimate)}, of it ${formatDuration(reading_ms)} read aloud.`,
      refused === 0 ? 'Nothing of it would be refused now.' : `Refused now: ${count}.`,
      ...notes,
    ],
    ...exitOf(steps),
  };
}

/** `about 4s, at most 34s` */
function spanWords({
  typical_ms,
  longest_ms,
}: Pick<Estimate, 'typical_ms' | 'longest_ms'>): string {
  const most = longest_ms > typical_ms ? `, at most ${formatDuration(longest_ms)}` : '';
  return `about ${formatDuration(typical_ms)}${most}`;
}
