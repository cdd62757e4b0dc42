/** The sentences of a report: what came of the run, what to know before trusting it, what is to be done. Pure; every format says the same. */

import { label } from '../../fault/instance.ts';
import { grouped } from '../../impact/verified.ts';
import type { Event } from '../../run/events.ts';
import type { Found } from '../../run/found.ts';
import type { Caveat } from '../../run/report/caveats.ts';
import type { ReportFault } from '../../run/report/faults.ts';
import type { ReportItem } from '../../run/report/item.ts';
import type { Report } from '../../run/report/report.ts';
import type { ReportVerdict } from '../../run/report/verdict.ts';
import { formatDuration } from '../../terms/duration.ts';
import { sayEvent } from '../say/event.ts';
import { sayFound } from '../say/found.ts';
import { repeatWords } from '../schedule-results.ts';

export const VERDICT_WORDS: Record<ReportVerdict['state'], string> = {
  held: 'Held',
  deviated: 'Deviated',
  not_measured: 'Not measured',
};

/** `Deviated: 2 of 9 expectations were not met and 1 was not measured; 1 fault, 39 operations lost, well again after at most 4.2s.` */
export function verdictSentence({ verdict, run }: Pick<Report, 'verdict' | 'run'>): string {
  const { state, met, deviated, not_measured } = verdict;
  const all = met + deviated + not_measured;
  const unmeasured =
    not_measured === 0 ? '' : ` and ${not_measured} ${was(not_measured)} not measured`;
  const what =
    all === 0
      ? 'the run expected nothing that could be checked'
      : state === 'held'
        ? not_measured === 0
          ? `all ${count(all, 'expectation')} ${all === 1 ? 'was' : 'were'} met`
          : `${met} of ${count(all, 'expectation')} ${was(met)} met${unmeasured}`
        : state === 'deviated'
          ? `${deviated} of ${count(all, 'expectation')} ${was(deviated)} not met${unmeasured}`
          : `none of ${count(all, 'expectation')} was measured`;
  const sofar = run.state === 'under_way' ? ' so far' : '';
  const { deviated_hypotheses: chapters } = verdict;
  const hypotheses =
    chapters.length === 0
      ? ''
      : `, and the ${chapters.length === 1 ? 'hypothesis' : 'hypotheses'} of ${chapters.join(', ')} deviated`;
  return `${VERDICT_WORDS[state]}${sofar}: ${what}${hypotheses}; ${costs(verdict).join(', ')}.`;
}

function costs(verdict: ReportVerdict): string[] {
  const { faults, live_faults, operations_lost, longest_recovery_ms, still_worse } = verdict;
  if (faults === 0) return ['no fault was injected'];
  return [
    count(faults, 'fault'),
    ...(operations_lost === null ? [] : [`${count(operations_lost, 'operation')} lost`]),
    ...(longest_recovery_ms === null
      ? []
      : [
          `well again ${formatDuration(longest_recovery_ms)} after the fault${faults > 1 ? ' at the latest' : ''}`,
        ]),
    ...(still_worse ? ['the workload was not seen well again'] : []),
    ...(live_faults > 0 ? [`${live_faults} still live`] : []),
    ...(verdict.simulated ? ['the workload was simulated, not measured'] : []),
  ];
}

export function caveatSentence(caveat: Caveat): string {
  switch (caveat.caveat) {
    case 'under_way':
      return caveat.held
        ? 'The run is under way: a command works on it at this moment.'
        : 'The run is not over: its last chapter was not entered, or something of it is still there.';
    case 'live_faults':
      return `Still live: ${caveat.faults.map(({ fault, kind, targets }) => `${fault} (${kind} ${targets.join(', ')})`).join(', ')}. Recover with \`fault recover\`.`;
    case 'cut_off':
      return cutOffSentence(caveat);
    case 'aborted':
      return `Aborted by the ${caveat.by}: ${caveat.measured} (abort_if: ${caveat.condition}); ${caveat.faults.join(', ')} recovered at once.`;
    case 'halted':
      return `Halted by ${caveat.halted_by}${caveat.reason === null ? '' : ` (${caveat.reason})`}: ${caveat.faults.join(', ')} recovered at once.`;
    case 'simulated':
      return 'A workload of this run was simulated: its curve is no measurement and proves nothing.';
    case 'not_measured_for':
      return `${formatDuration(caveat.gap_ms)} of ${formatDuration(caveat.of_ms)} under load were not measured; the charts have gaps there.`;
    case 'nothing_measured':
      return 'A workload ran, and nothing that it measured can be read.';
    case 'clock_set_back':
      return "The machine's clock was set back during the run: times in the charts are laid on one line that only goes forward.";
    case 'no_story_copy':
      return 'No copy of the story was kept with the run, so its narration and thresholds are not known.';
    case 'warning':
      return caveat.text;
  }
}

function cutOffSentence({ what, name }: Extract<Caveat, { caveat: 'cut_off' }>): string {
  if (what === 'chapter')
    return `The command that was entering "${name}" was cut off; \`chapter retry\` enters it again.`;
  if (what === 'fault')
    return `The command that was injecting ${name} was cut off: nobody knows whether it happened. Recover with \`fault recover ${name}\`.`;
  return `The command that was ${name} the services was cut off.`;
}

/** Where an item belongs, in few words: `during f1`. */
export function itemPlace({ when, fault }: Pick<ReportItem, 'when' | 'fault'>): string {
  return [when, fault].filter((each) => each !== null).join(' ');
}

/** Ready to be turned into a ticket; empty where all was met. */
export function actionItems({ items, faults }: Report): string[] {
  const todo = items
    .filter(({ state }) => state !== 'met')
    .map((item) => {
      const fault = faults.find(({ id }) => id === item.fault);
      const where =
        fault && item.kind !== 'recovery' ? ` (${itemPlace(item)}: ${faultWords(fault)})` : '';
      const name =
        item.kind === 'threshold'
          ? ''
          : item.kind === 'hypothesis'
            ? `hypothesis of ${item.chapter}, ${item.name} ${item.wanted}: `
            : `${item.name}: `;
      return item.state === 'deviated'
        ? `Deviated: ${name}${item.text}${where}`
        : `Not measured: ${name}${item.text}${where}`;
    });
  return [...new Set(todo)];
}

/** `kill web-1` */
export function faultWords({ kind, targets }: Pick<ReportFault, 'kind' | 'targets'>): string {
  return `${kind} ${targets.map((target) => target.label).join(', ')}`;
}

/** One event of the timeline. What this version does not know is shown by its type and its plain values. */
export function eventText(event: Event): string {
  switch (event.type) {
    case 'run.started':
      return `Run ${event.run} of ${event.story.name} on ${event.engine.kind} ${event.engine.project}`;
    case 'stack.starting':
      return 'Starting the services';
    case 'stack.started':
      return 'The services are up';
    case 'stack.stopping':
      return 'Stopping the services';
    case 'stack.stopped':
      return 'The services are stopped';
    case 'stack.marked':
      return `Logs and restarts marked: ${event.because}`;
    case 'chapter.entering':
      return `Entering ${event.index + 1}: ${event.chapter}${event.cause === 'next' ? '' : ` (${event.cause})`}`;
    case 'action.done':
      return event.found === null ? `Action ${event.action + 1} done` : foundText(event.found);
    case 'chapter.entered':
      return `Entered ${event.index + 1}: ${event.chapter}`;
    case 'chapter.failed':
      return `Failed: ${event.message}`;
    case 'chapter.cancelled':
      return `Cancelled: ${event.reason}`;
    case 'chapter.left':
      return `Left ${event.index + 1}: ${event.chapter}`;
    case 'fault.injecting':
      return `${event.fault}: ${event.words.doing} ${event.effects.map(({ target }) => label(target)).join(', ')}`;
    case 'fault.injected':
      return [
        `${event.fault}: done in ${formatDuration(event.took_ms)}`,
        ...(event.measured ?? []),
      ].join('; ');
    case 'fault.recovering':
      return `${event.fault}: recovering, by the ${event.by}`;
    case 'fault.unverified':
      return `${event.fault}: not verified: ${event.reason}`;
    case 'fault.recovered':
      return `${event.fault}: ${event.outcome.replace('_', ' ')}: ${event.reason}`;
    case 'schedule.started':
      return `${event.schedule} begins: ${repeatWords(event)}`;
    case 'run.abort_told':
      return 'A command has told of the abort';
    case 'workload.started':
      return `${event.simulated ? 'Simulated workload' : `Workload ${event.kind}`} started`;
    case 'workload.stopped':
      return `Workload stopped: ${event.reason}`;
    case 'workload.verified':
      return `Writes read back: ${grouped(event.verified.lost.count)} lost of ${grouped(event.verified.acknowledged)} acknowledged`;
    case 'run.finished':
      return 'Run ended';
    case 'steady_state.checked': {
      const unmet = event.items.filter(({ met }) => !met);
      const about = `Steady state ${event.when}${event.fault === null ? '' : ` ${event.fault}`}`;
      return unmet.length === 0
        ? `${about}: met (${count(event.items.length, 'item')})`
        : `${about}: not met: ${unmet.map(({ text }) => text).join('; ')}`;
    }
    default:
      return sayEvent(event) ?? otherEvent(event);
  }
}

export function noteText({ author, text }: Report['notes'][number]): string {
  return `Note of ${author}: ${text}`;
}

function otherEvent(event: object): string {
  const { v: _v, seq: _s, at: _a, type, ...rest } = event as Record<string, unknown>;
  const plain = Object.entries(rest).filter(([, value]) => typeof value !== 'object');
  return [String(type), ...plain.map(([key, value]) => `${key} ${value}`)].join(', ');
}

/** What an action found may be of a newer version, too. */
function foundText(found: { found: string }): string {
  try {
    const text = sayFound(found as Found);
    return text ?? found.found;
  } catch {
    return found.found;
  }
}

export function count(number: number, what: string): string {
  return `${grouped(number)} ${what}${number === 1 ? '' : 's'}`;
}

function was(number: number): string {
  return number === 1 ? 'was' : 'were';
}

/** `26 %`, `0.014 %` */
export function percent(share: number | null): string {
  if (share === null) return '-';
  const value = share * 100;
  return `${value >= 10 ? Math.round(value) : Number(value.toPrecision(2))} %`;
}

export function duration(ms: number | null): string {
  return ms === null ? '-' : ms < 0 ? `-${formatDuration(-ms)}` : formatDuration(ms);
}
