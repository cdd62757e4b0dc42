/** What a command hands back: the object for `--json` and the lines for a person, made from the run. Pure. */

import { label } from '../fault/instance.ts';
import type { ImpactFigures } from '../impact/figures.ts';
import { probesSentence } from '../impact/probe-impact.ts';
import type { Abort } from '../run/aborts.ts';
import type { Drift } from '../run/drift.ts';
import type { Plan } from '../run/plan.ts';
import { type Fault, liveFaults, type Run } from '../run/run.ts';
import type { Chapter, Story } from '../story/story.ts';
import { formatDuration } from '../terms/duration.ts';
import { impactJson, impactLines } from './impact.ts';
import { printable, printableLines } from './printable.ts';

export interface Result {
  json: Record<string, unknown>;
  lines: string[];
}

/** Where the run stands: `[4/8] Fault Injection`, what is live, and what the workload felt. */
export function positionResult(
  run: Run,
  story: Story,
  impact: readonly ImpactFigures[] = [],
): Result {
  const { position } = run;
  const index = story.chapters.findIndex((chapter) => chapter.id === position.chapter);
  const chapter = story.chapters[index];
  const live = liveFaults(run);
  const json = {
    run: run.id,
    chapter: chapter
      ? {
          id: chapter.id,
          title: chapter.title,
          number: index + 1,
          of: story.chapters.length,
          phase: position.phase,
        }
      : null,
    end_of_story: index === story.chapters.length - 1,
    live_faults: live.map(faultJson),
    impact: impact.map(impactJson),
    verified: run.verified,
  };
  const where = chapter
    ? `[${index + 1}/${story.chapters.length}] ${chapter.title}`
    : `[0/${story.chapters.length}] before the first chapter`;
  const state = [
    live.length > 0 ? `live: ${live.map(faultWords).join(', ')}` : '',
    json.end_of_story ? 'the end of the story' : '',
  ].filter(Boolean);
  return {
    json,
    lines: [
      printable(state.length > 0 ? `${where} (${state.join('; ')})` : where),
      ...impactLines(impact),
    ],
  };
}

export function faultWords(fault: Fault): string {
  return `${fault.id}: ${fault.kind} ${fault.targets.map(label).join(', ')}`;
}

/** A fault as scripts see it; the recorded targets shortened to what identifies them. */
export function faultJson(fault: Fault): Record<string, unknown> {
  const {
    id,
    kind,
    phase,
    chapter,
    injecting_at,
    injected_at,
    deadline,
    recovered_at,
    outcome,
    reason,
    seed,
    probes,
  } = fault;
  const targets = fault.targets.map((target) => ({
    label: label(target),
    service: target.service,
    number: target.number,
    name: target.name,
    id: target.id,
  }));
  return {
    id,
    kind,
    phase,
    targets,
    chapter,
    injecting_at,
    injected_at,
    deadline,
    recovered_at,
    outcome,
    reason,
    seed,
    probes,
  };
}

/** What is known of faults beside the journal. */
export interface Known {
  /** By fault id; empty where the engine was not asked. */
  drifts: ReadonlyMap<string, Drift[]>;
  /** Why it was not. */
  engineNote: string | null;
  impact: readonly ImpactFigures[];
}

/** `nowMs`: epoch. */
export function faultListResult(
  run: Run | null,
  faults: Fault[],
  { drifts, engineNote, impact }: Known,
  nowMs: number,
): Result {
  const impactOf = (fault: Fault) => impact.find(({ figures }) => figures.fault === fault.id);
  const abort = run?.aborted ?? null;
  const json = {
    run: run?.id ?? null,
    faults: faults.map((fault) => {
      const report = impactOf(fault);
      return {
        ...faultJson(fault),
        drift: drifts.get(fault.id) ?? null,
        impact: report ? impactJson(report) : null,
      };
    }),
    engine: engineNote,
    aborted: abort,
  };
  const aborts = abort ? [abortLine(abort)] : [];
  if (faults.length === 0) return { json, lines: ['No fault is live.', ...aborts] };
  const lines = faults.flatMap((fault) => {
    const state =
      fault.phase === 'recovered'
        ? `recovered (${fault.outcome}): ${fault.reason}`
        : liveWords(fault, nowMs);
    const texts = (drifts.get(fault.id) ?? [])
      .map((each) => driftText(fault, each))
      .filter((text) => text !== '');
    const report = impactOf(fault);
    return [
      `${faultWords(fault)}  ${state}`,
      ...texts,
      ...(report ? [`    impact: ${report.figures.sentence}`] : []),
    ];
  });
  lines.push(...aborts);
  if (engineNote) lines.push(engineNote);
  return { json, lines: lines.map(printable) };
}

/** While a recovery is under way, or where one was cut off, an undo is most likely its own; empty where nothing differs. */
function driftText(fault: Fault, { finding, text }: Drift): string {
  if (fault.phase === 'recovering' && (finding === 'restarted' || finding === 'undone'))
    return '    the undo is done, and not proven yet';
  return text === '' ? '' : `    drift: ${text}`;
}

/** `injected, live for 12s, due to recover by itself in 18s`; an unverified one says why it is. */
function liveWords(fault: Fault, nowMs: number): string {
  const since = formatDuration(Math.max(0, nowMs - Date.parse(fault.injecting_at)));
  const dueMs = fault.deadline === null ? null : Date.parse(fault.deadline) - nowMs;
  const due =
    dueMs === null
      ? ''
      : `, due to recover by itself ${dueMs > 0 ? `in ${formatDuration(dueMs)}` : `${formatDuration(-dueMs)} ago`}`;
  return `${fault.phase}, live for ${since}${due}${fault.phase === 'unverified' && fault.reason ? `: ${fault.reason}` : ''}`;
}

export function recoveredResult(
  run: Run | null,
  faults: Fault[],
  impact: readonly ImpactFigures[] = [],
): Result {
  const lines =
    faults.length > 0
      ? faults.map((fault) => `${fault.id} recovered: ${fault.reason}${probesWords(fault)}`)
      : ['No fault is live: nothing to recover.'];
  return {
    json: {
      run: run?.id ?? null,
      faults: faults.map(faultJson),
      live_faults: run ? liveFaults(run).map(faultJson) : [],
      impact: impact.map(impactJson),
    },
    lines: [...lines.map(printable), ...impactLines(impact)],
  };
}

function probesWords({ probes }: Fault): string {
  const sentence = probesSentence(probes, true);
  return sentence === null ? '' : `; probes: ${sentence}`;
}

export function planResult(plan: Plan): Result {
  const lines = plan.steps.flatMap((step) => [
    `- ${step.deed}`,
    ...step.targets.map(
      (target) => `    target: ${target.label} (${target.name}, ${target.id.slice(0, 12)})`,
    ),
    ...(step.undo ? [`    undo: ${step.undo}`] : []),
    ...(step.refused ? [`    refused now: ${step.refused.message} ${step.refused.next}`] : []),
  ]);
  const nothing = plan.steps.length === 0 ? ['- nothing but its narration'] : [];
  return {
    json: { plan },
    lines: [`Would do: ${plan.title}`, ...nothing, ...lines].map(printable),
  };
}

/** `f2, f1 aborted: errors 43% over the last 3s (abort_if: errors > 20% for 3s)` */
export function abortLine({ faults, measured, condition }: Abort): string {
  return printable(`${faults.join(', ')} aborted: ${measured} (abort_if: ${condition})`);
}

/** One chapter to read: narration, and what it does. `notes` only for the presenter. */
export function chapterResult(
  chapter: Chapter,
  number: number,
  of: number,
  actions: string[],
  withNotes: boolean,
): Result {
  const traits = [
    chapter.auto_advance ? 'advances by itself' : '',
    chapter.blocks_advance ? 'blocks until its actions have ended' : '',
  ].filter(Boolean);
  const lines = [
    `[${number}/${of}] ${chapter.title}${traits.length > 0 ? ` (${traits.join('; ')})` : ''}`,
    ...printableLines(chapter.narration.trim()),
    ...actions.map((action) => `- ${action}`),
    ...(withNotes && chapter.notes ? ['Notes:', ...printableLines(chapter.notes.trim())] : []),
  ];
  const { notes, ...open } = chapter;
  return {
    json: { chapter: withNotes ? { ...open, notes } : open, number, of },
    lines: lines.map(printable),
  };
}
