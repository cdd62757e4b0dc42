/** Each fault of a report: whom it hit, who noticed it when, what it cost, what brought it back and what proved that. Pure. */
import { probesSentence } from '../../impact/probe-impact.ts';
import type { ReportFault } from '../../run/report/faults.ts';
import type { Report } from '../../run/report/report.ts';
import { faultFigures } from './chart.ts';
import { facts, figures, section, text } from './html-text.ts';
import { duration, faultWords, percent } from './words.ts';

/** Of very many faults, so many have a chart of their own. */
const MOST_CHARTS = 50;

export function faultSection(report: Report): string {
  const { faults, schedules } = report;
  if (faults.length === 0) return '';
  const costly = faults
    .toSorted((a, b) => (b.impact?.operations_lost ?? 0) - (a.impact?.operations_lost ?? 0))
    .slice(0, MOST_CHARTS);
  const note =
    faults.length > MOST_CHARTS
      ? `<p class="note">The ${MOST_CHARTS} faults with the most lost operations have a chart.</p>`
      : '';
  const parts = faults.map((fault) => faultPart(report, fault, costly.includes(fault)));
  const all = schedules.map(({ sentence }) => `<p><strong>${text(sentence)}</strong></p>`);
  return section('Faults', [...all, note, ...parts].join('\n'));
}

function faultPart(report: Report, fault: ReportFault, isDrawn: boolean): string {
  return `<div class="fault"><h3 id="${text(fault.id)}">${text(`${fault.id}: ${faultWords(fault)}`)}</h3>
${fault.impact ? `<p>${text(fault.impact.sentence)}</p>` : ''}
${facts(faultFacts(fault))}
${isDrawn ? figures(faultFigures(report, fault.id)) : ''}</div>`;
}

/** A name and what is known of it; null is not known. */
export function faultFacts(fault: ReportFault): (readonly [string, string | null])[] {
  const { targets, noticed, probes, impact, took_ms, reason, outcome, phase, seed } = fault;
  const seen = probes.filter(({ noticed_after_ms }) => noticed_after_ms !== null);
  const measured = impact && impact.state !== 'not_measured' && !impact.simulated ? impact : null;
  return [
    ['Targets', targets.map((each) => `${each.label} (${each.name})`).join(', ')],
    ['Effect', [...new Set(targets.map(({ effect }) => effectWords(effect)))].join('; ')],
    [
      'Untouched then',
      fault.left
        .map(({ service, untouched, of }) => `${untouched} of ${of} of ${service}`)
        .join(', '),
    ],
    ['Chapter', fault.chapter],
    ['Schedule', fault.schedule],
    ['Injected', fault.injected_at ?? 'not known to have happened'],
    ['Seen by the engine', after(noticed.engine)],
    ['Seen by a health check', after(noticed.health)],
    [
      'Seen by the workload',
      impact?.simulated ? 'simulated, not measured' : after(noticed.workload),
    ],
    [
      'Seen by probes',
      seen.map(({ probe, noticed_after_ms }) => `${probe} ${after(noticed_after_ms)}`).join(', '),
    ],
    ['Lowest rate', measured && `${percent(measured.depth)} of the baseline`],
    [
      'Operations lost',
      measured && `${measured.operations_lost ?? 0} (${percent(measured.lost_ratio ?? 0)})`,
    ],
    ['Well again', measured && wellAgain(measured)],
    [
      'Error budget',
      measured?.objective
        ? `${percent(measured.error_budget_used)} of ${measured.objective} used`
        : null,
    ],
    ['Also live', impact && impact.also_live.length > 0 ? impact.also_live.join(', ') : null],
    ['Probes', probesSentence(probes, fault.recovered_at !== null)],
    [
      'Recovery',
      outcome === null
        ? phase === 'unverified'
          ? `not verified: ${reason}`
          : 'still live'
        : `${outcome.replace('_', ' ')}${took_ms === null ? '' : ` in ${duration(took_ms)}`}${fault.recovered_by === 'watchdog' ? ', by the watchdog' : ''}: ${reason}`,
    ],
    ['Seed', seed === null ? null : String(seed)],
  ];
}

function wellAgain(impact: NonNullable<ReportFault['impact']>): string {
  if (impact.state === 'unaffected') return 'it was never worse';
  if (impact.recovered_after_injection_ms === null) return 'not seen well again';
  const undo = impact.recovered_after_undo_ms;
  const since =
    undo === null ? '' : undo < 0 ? ', before the undo' : `, ${duration(undo)} after the undo`;
  return `${duration(impact.recovered_after_injection_ms)} after the fault${since}`;
}

/** `lifecycle: to killed` */
function effectWords({ on, ...rest }: Record<string, unknown>): string {
  const plain = Object.entries(rest).filter(([, value]) => typeof value !== 'object');
  return `${on}${plain.length > 0 ? ': ' : ''}${plain.map(([key, value]) => `${key} ${value}`).join(', ')}`;
}

function after(ms: number | null): string {
  return ms === null ? 'not seen' : `after ${duration(ms)}`;
}
