/** The alerts that a run expected, as they were seen over its time, and what became of them after they were judged. Pure. */
import { type ProbeNote, type ProbeSpan, spansOf } from '../../impact/probe-impact.ts';
import { alertKey } from '../../story/alert-spec.ts';
import { expectedWords } from '../../story/describe-hypothesis.ts';
import { alertsOf } from '../../story/hypothesis-spec.ts';
import type { Story } from '../../story/story.ts';
import { faultsOfAttempt } from '../attempts.ts';
import { judgeAlert } from '../judge-alert.ts';
import type { Run } from '../run.ts';
import type { ReportItem } from './item.ts';

export interface AlertSources {
  run: Run;
  story: Story | null;
  alertNotes: readonly ProbeNote[];
  nowMs: number;
}

/** `met`: it fired. */
export function alertLanes(
  { story, alertNotes }: AlertSources,
  toMs: number,
): { alert: string; spans: ProbeSpan[] }[] {
  const keys = new Set(
    story?.chapters.flatMap(({ hypothesis }) => alertsOf(hypothesis).map(alertKey)) ?? [],
  );
  return [...keys].map((alert) => ({ alert, spans: spansOf(alertNotes, alert, toMs) }));
}

/** An alert most often resolves after it was judged: its item then says so. What it was judged to stays as it was. */
export function withResolutions(
  items: readonly ReportItem[],
  { run, story, alertNotes, nowMs }: AlertSources,
): ReportItem[] {
  return items.map((item, index) => {
    if (item.kind !== 'hypothesis' || item.unit !== 'ms') return item;
    const chapter = story?.chapters.find(({ id }) => id === item.chapter);
    const own = items.filter((each) => each.kind === 'hypothesis' && each.chapter === item.chapter);
    const spec = chapter?.hypothesis[own.indexOf(items[index] as ReportItem)];
    const faults = chapter ? faultsOfAttempt(run, chapter.id) : [];
    if (spec?.expect !== 'alert' || faults.length === 0) return item;
    const { name } = expectedWords(spec);
    return name === item.name
      ? { ...item, text: judgeAlert(spec.alert, faults, alertNotes, nowMs).text }
      : item;
  });
}
