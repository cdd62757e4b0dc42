/** A report as programs read it: everything that is known, and the sentences. Pure. Its keys are API: `gameday.report.schema.json`. */
import type { Report } from '../../run/report/report.ts';
import { actionItems, eventText, noteSentence, verdictSentence } from './words.ts';

export function reportJson(report: Report): Record<string, unknown> {
  const { verdict, notes, timeline } = report;
  return {
    ...report,
    verdict: { ...verdict, sentence: verdictSentence(report) },
    notes: notes.map((note) => ({ ...note, sentence: noteSentence(note) })),
    action_items: actionItems(report),
    timeline: {
      left_out: timeline.left_out,
      events: timeline.events.map((event) => {
        const { seq, at, type } = event;
        const { chapter = null, fault = null } = event as { chapter?: string; fault?: string };
        return { seq, at, type, chapter, fault, text: eventText(event) };
      }),
    },
  };
}
