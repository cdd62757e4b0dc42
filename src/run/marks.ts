/** From when on the lines of a log and the restarts of an instance count, out of what the journal marked. Pure. */
import { endsByItself } from '../fault/effect.ts';
import type { LogLook, ProbeSpec } from '../story/probe-spec.ts';
import type { Story } from '../story/story.ts';
import { effectsOf, type Fault, isLive, liveFaults, type Mark, type Run } from './run.ts';

export interface Since {
  /** For the engine's `logs`; null: nothing was marked. */
  logs: string | null;
  /** Instance -> its restarts then. */
  restarts: Record<string, number>;
  /** Instances that the newest fault itself makes restart, once. */
  crashed: string[];
  /** Instances that a live fault has hold of. */
  faulted: string[];
}

/** What has to be marked for the probes of a story. */
export function marksNeeded(story: Pick<Story, 'chapters' | 'steady_state'>): {
  logs: boolean;
  restarts: boolean;
} {
  const actions = story.chapters.flatMap(({ on_enter }) => on_enter);
  const probes: ProbeSpec[] = [
    ...story.steady_state.probes,
    ...actions.flatMap((action) => (action.do === 'probe' ? action.probe : [])),
  ];
  return {
    logs: probes.some(({ look }) => look === 'log'),
    restarts: probes.some((probe) => probe.look === 'container' && probe.max_restarts !== null),
  };
}

/** `newest`: whatever began last. */
export function sinceOf(run: Run, logsSince: LogLook['since'] | 'newest'): Since {
  const { marks } = run;
  const { chapter, fault, recovery } = marks;
  const byLogs = {
    run: marks.run,
    chapter: chapter ?? marks.run,
    fault: fault ?? chapter ?? marks.run,
    newest: newestOf(marks.run, chapter, fault, recovery),
  };
  const counted = newestOf(marks.run, fault, recovery);
  return {
    logs: byLogs[logsSince]?.logs ?? null,
    restarts: counted?.restarts ?? {},
    crashed: counted === fault ? crashedBy(run.faults.at(-1)) : [],
    faulted: liveFaults(run).flatMap(({ targets }) => targets.map(({ id }) => id)),
  };
}

function newestOf(...marks: (Mark | undefined)[]): Mark | undefined {
  return marks.filter((mark) => mark !== undefined).toSorted((a, b) => b.seq - a.seq)[0];
}

function crashedBy(fault: Fault | undefined): string[] {
  if (!fault || !isLive(fault)) return [];
  return effectsOf(fault)
    .filter(endsByItself)
    .map(({ target }) => target.id);
}
