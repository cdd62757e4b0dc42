/** A report as programs read it: everything that is known, and the sentences. Pure. Its keys are API: `gameday.report.schema.json`. */
import type { Report } from '../../run/report/report.ts';
import { actionItems, caveatSentence, eventText, verdictSentence } from './words.ts';

export function reportJson(report: Report): Record<string, unknown> {
  const { verdict, caveats, timeline } = report;
  return {
    ...report,
    verdict: { ...verdict, sentence: verdictSentence(report) },
    caveats: caveats.map((caveat) => ({ ...caveat, sentence: caveatSentence(caveat) })),
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
