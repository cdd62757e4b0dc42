/** What a schedule injects: as the journal keeps it, and at its next turn. Pure. */
import type { InjectSpec, Story } from '../story/story.ts';
import type { ScheduledInject } from './schedule-events.ts';
import { type Schedule, turnSeed } from './schedules.ts';

export function recordedInject(spec: InjectSpec & { duration_ms: number }): ScheduledInject {
  const { kind, params, effect, words, holds, ends, targets } = spec;
  const { service, labels, pick, count, exclude, overrule, duration_ms } = spec;
  return {
    kind,
    params,
    effect,
    words,
    holds,
    ...(ends && { ends }),
    ...(targets && { targets }),
    service: typeof service === 'string' || service === null ? service : [...service],
    labels: [...labels],
    pick: pick.by,
    count,
    exclude: [...exclude],
    overrule: [...overrule],
    duration_ms,
  };
}

/** What its next turn injects; null: its program was in the story, and is not any more. */
export function nextInject(schedule: Schedule, story: Pick<Story, 'chapters'>): InjectSpec | null {
  const { pick: by, ends, targets, ...rest } = schedule.inject;
  const pick = by === 'command' ? programOf(schedule, story) : { by };
  if (pick === null) return null;
  return {
    ...rest,
    ...(ends && { ends }),
    ...(targets && { targets }),
    pick,
    seed: turnSeed(schedule, schedule.turns + 1),
    avoid: schedule.last_targets,
    countdown_ms: 0,
  };
}

function programOf(
  { chapter, inject }: Schedule,
  { chapters }: Pick<Story, 'chapters'>,
): InjectSpec['pick'] | null {
  const specs = (chapters.find(({ id }) => id === chapter)?.on_enter ?? []).flatMap((action) =>
    action.do === 'inject' ? action.inject : [],
  );
  const found = specs.find(
    ({ repeat, kind, pick }) => repeat && kind === inject.kind && pick.by === 'command',
  );
  return found?.pick ?? null;
}
