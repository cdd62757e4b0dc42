/** A story as an experiment of Chaos Toolkit: its faults are done and undone by gameday itself, as programs. Pure. */
import type { FaultKinds } from '../../fault/fault-kind.ts';
import type { Action, Story } from '../story.ts';
import { injectArguments } from './export-inject.ts';
import { type Json, probeOf, programOf, type Secrets } from './export-probe.ts';

export interface Exported {
  experiment: Json;
  /** What has no counterpart there, each by its name. */
  notes: string[];
}

export interface ExportOptions {
  /** The program that plays faults: `gameday`. */
  bin: string;
  /** Between topic and verb there. */
  separator: string;
  /** The story's file; null: the default story. */
  storyPath: string | null;
  kinds: FaultKinds;
}

export function exportStory(story: Story, options: ExportOptions): Exported {
  const notes: string[] = [];
  const secrets: Secrets = {};
  const own = ownProvider(options);
  const target = { notes, secrets, own, kinds: options.kinds };
  const probes = story.steady_state.probes.flatMap((probe) => probeOf(probe, target) ?? []);
  if (story.steady_state.thresholds.length > 0)
    notes.push(
      'Thresholds of the workload have no counterpart and are left out of the hypothesis.',
    );
  const method: Json[] = [];
  for (const { title, on_enter, hypothesis } of story.chapters) {
    if (hypothesis.length > 0)
      notes.push(`"${title}": its hypothesis has no counterpart and is left out.`);
    for (const action of on_enter) addActivity(method, action, title, target);
  }
  const injects = story.chapters.some(({ on_enter }) =>
    on_enter.some(({ do: what }) => what === 'inject'),
  );
  const narration = story.chapters.map((chapter) => chapter.narration.trim()).filter(Boolean);
  return {
    experiment: {
      version: '1.0.0',
      title: story.name,
      description: narration.join('\n\n') || story.name,
      tags: ['gameday'],
      ...(Object.keys(secrets).length > 0 && { secrets: { gameday: secrets } }),
      ...(probes.length > 0 && {
        'steady-state-hypothesis': { title: `${story.name} is well`, probes },
      }),
      method,
      rollbacks: injects
        ? [{ type: 'action', name: 'recover every fault', provider: own(['fault', 'recover']) }]
        : [],
    },
    notes,
  };
}

interface Target {
  notes: string[];
  /** Is added to. */
  secrets: Secrets;
  own: Own;
  kinds: FaultKinds;
}

type Own = (words: readonly string[], more?: readonly string[]) => Json;

function ownProvider({ bin, separator, storyPath }: ExportOptions): Own {
  const story = storyPath === null ? [] : ['--story', storyPath];
  return ([topic, verb], more = []) => ({
    type: 'process',
    path: bin,
    arguments: [
      ...(separator === ' ' ? [topic, verb] : [`${topic}${separator}${verb}`]),
      ...more,
      ...story,
    ],
  });
}

function addActivity(method: Json[], action: Action, title: string, target: Target): void {
  const { own, notes, kinds } = target;
  const add = (type: 'action' | 'probe', name: string, provider: Json) =>
    method.push({ type, name, provider });
  switch (action.do) {
    case 'inject': {
      const { inject } = action;
      const words = injectArguments(inject, kinds);
      if (typeof words === 'string') {
        notes.push(`"${title}": the ${inject.kind} is left out: ${words}.`);
        return;
      }
      const services = [inject.service ?? 'one instance'].flat().join(', ');
      add('action', `${inject.kind} ${services}`, own(['fault', 'inject'], words));
      return;
    }
    case 'recover':
      add(
        'action',
        `recover ${action.fault}`,
        own(['fault', 'recover'], action.fault === 'all' ? [] : [action.fault]),
      );
      return;
    case 'workload':
      add('action', `${action.to} the workload`, own(['workload', action.to]));
      return;
    case 'wait': {
      const last = method.at(-1);
      if (last) last.pauses = { after: action.delay_ms / 1000 };
      else
        add('action', 'wait', {
          type: 'process',
          path: 'sleep',
          arguments: [String(action.delay_ms / 1000)],
        });
      return;
    }
    case 'run':
      add('action', 'run a program', {
        ...programOf(action.command),
        timeout: action.timeout_ms / 1000,
      });
      return;
    case 'probe': {
      const probe = probeOf(action.probe, target);
      if (probe) method.push(probe);
      return;
    }
    case 'detect':
    case 'diagnose':
      notes.push(`"${title}": ${action.do} has no counterpart and is left out.`);
  }
}
