/** What `story init` and `story check` hand back: the object for `--json` and the lines for a person. Pure. */
import type { TargetCheck } from '../run/check-targets.ts';
import { describeWorkload } from '../story/describe-workload.ts';
import type { Draft } from '../story/draft/draft.ts';
import type { Estimate } from '../story/estimate.ts';
import type { Story } from '../story/story.ts';
import { formatDuration } from '../terms/duration.ts';
import type { Result } from './results.ts';
import { sayLeft } from './say/left.ts';
import { renderColumns } from './tables.ts';

export interface Drafted {
  draft: Draft;
  /** Absolute; null: it is only shown. */
  path: string | null;
  /** As a person in this folder calls it. */
  shown: string | null;
  notes: string[];
}

export function draftedResult({ draft, path, shown, notes }: Drafted): Result {
  const { text, name, engine, service, workload, protect } = draft;
  const json = {
    story: name,
    path,
    engine,
    service,
    workload,
    protect: protect.map((each) => each.service),
    notes,
  };
  if (path === null) return { json: { ...json, text }, lines: text.trimEnd().split('\n') };
  const lines = [
    `Wrote ${shown}: ${name}, eight chapters. It kills ${service}, and ${workload.kind === 'simulated' ? 'its load is simulated' : `its load is ${workload.kind}`}.`,
    ...(protect.length > 0
      ? [`Protected: ${protect.map((each) => each.service).join(', ')}.`]
      : []),
    'Read its comments, then: `story check`',
  ];
  return { json, lines };
}

/** What can be broken, each with its reason. */
export function offerLines(offers: readonly { service: string; why: string }[]): string[] {
  return renderColumns(offers.map(({ service, why }) => [`  ${service}`, why]));
}

export interface Checked {
  story: Story;
  /** As a person in this folder calls it, and absolute. */
  shown: string;
  path: string;
  targets: TargetCheck[];
  estimate: Estimate;
  notes: string[];
}

export function checkedResult({ story, shown, path, targets, estimate, notes }: Checked): Result {
  const { name, engine, chapters } = story;
  const json = {
    valid: true,
    path,
    name,
    engine,
    chapters: chapters.map(({ id, title }) => ({ id, title })),
    workload: story.workload && describeWorkload(story.workload),
    faults: targets,
    estimate,
    notes,
  };
  const minutes = (durationMs: number) => formatDuration(Math.ceil(durationMs / 5000) * 5000);
  const lines = [
    `${shown} has no problem: ${name}, ${chapters.length} chapter${chapters.length === 1 ? '' : 's'}, engine ${engine}.`,
    ...targets.flatMap(({ chapter, action, targets: names, left, doing, exact, refused }) => {
      const where = chapters.findIndex(({ id }) => id === chapter) + 1;
      const which =
        names.length === 0
          ? []
          : [
              exact
                ? `    ${sayLeft(doing ?? '', names, left)}`
                : `    would hit one of ${names.join(', ')}`,
            ];
      return [
        `- [${where}/${chapters.length}] ${action}`,
        ...which,
        ...(refused ? [`    refused now: ${refused.message} ${refused.next}`] : []),
      ];
    }),
    ...(targets.length === 0 ? ['- it breaks nothing'] : []),
    ...(story.workload ? [`The load: ${describeWorkload(story.workload)}.`] : []),
    `The show takes about ${minutes(estimate.typical_ms)}, including ${minutes(estimate.reading_ms)} of reading aloud; at most ${minutes(estimate.longest_ms)} if everything takes as long as the story allows.`,
    ...notes,
  ];
  return { json, lines };
}
