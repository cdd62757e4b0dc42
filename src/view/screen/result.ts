/** What is said when somebody leaves the screen: where the run stands, and what is still live. Pure. */
import type { Picture } from '../../run/picture.ts';
import { isUnderWay } from '../../run/run.ts';
import { liveSchedules } from '../../run/schedules.ts';
import { faultWords } from '../fault-results.ts';
import type { Result } from '../results.ts';
import { scheduleWords } from '../schedule-results.ts';

export function leftResult({ run, faults, chapters }: Picture): Result {
  if (!run || !isUnderWay(run)) return { json: {}, lines: ['No run is under way.'] };
  const { chapter } = run.position;
  const at = chapters.findIndex(({ id }) => id === chapter);
  const place =
    at < 0
      ? 'before the first chapter'
      : `at [${at + 1}/${chapters.length}] ${chapters[at]?.title}`;
  const live =
    faults.length > 0
      ? `Still live: ${faults.map(faultWords).join(', ')}. Recover with \`fault recover\`.`
      : 'No fault is live.';
  const again = liveSchedules(run).map(
    (each) => `${scheduleWords(each)} goes on: \`fault recover ${each.id}\` ends it.`,
  );
  const load = run.workload
    ? [`The ${run.workload.kind} workload runs on: \`workload stop\` ends it.`]
    : [];
  return {
    json: {},
    lines: [
      `Run ${run.id} stands ${place}; \`chapter play\` goes on from there.`,
      live,
      ...again,
      ...load,
    ],
  };
}
