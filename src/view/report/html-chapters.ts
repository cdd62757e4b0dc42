/** What was expected against what was observed, chapter by chapter; the timeline; where it took place. Pure. */

import { describeVerified } from '../../impact/verified.ts';
import type { ReportChapter } from '../../run/report/chapters.ts';
import type { ReportItem } from '../../run/report/item.ts';
import type { Report } from '../../run/report/report.ts';
import { alertChanges, STATE_WORDS } from '../say/judged.ts';
import { facts, lines, list, section, table, text } from './html-text.ts';
import { duration, eventText, itemPlace, noteText } from './words.ts';

const HEADS = ['Expected', 'Observed', 'When', 'Result'];

export function chapterSection(report: Report): string {
  const { chapters, items, verified } = report;
  const ofNone = items.filter(({ chapter }) => !chapters.some(({ id }) => id === chapter));
  const parts = [
    ...chapters.map((chapter) => chapterPart(chapter, chapters.length, items)),
    ...(ofNone.length > 0 ? ['<h3>Outside of the chapters</h3>', itemTable(ofNone)] : []),
    ...(verified ? [`<h3>Writes read back</h3><p>${text(describeVerified(verified))}</p>`] : []),
  ];
  return section('Expected and observed', parts.join('\n'));
}

function chapterPart(chapter: ReportChapter, of: number, items: readonly ReportItem[]): string {
  const { number, id, title, narration, actions, failure } = chapter;
  const its = items.filter((item) => item.chapter === id);
  return [
    `<h3>[${number}/${of}] ${text(title)} <span class="small">${text(phaseWords(chapter))}</span></h3>`,
    narration === '' ? '' : `<p class="narration">${lines(narration)}</p>`,
    actions.length > 0 ? `<div class="small">${list(actions)}</div>` : '',
    failure ? `<p class="deviated"><b>Failed:</b> ${text(failure.message)}</p>` : '',
    its.length > 0 ? itemTable(its) : '',
  ]
    .filter((part) => part !== '')
    .join('\n');
}

/** `entered 12:00:03, for 12s` */
export function phaseWords({ phase, entering_at, until, attempts }: ReportChapter): string {
  const words = {
    ahead: 'not entered',
    entered: 'entered',
    failed: 'failed',
    cut_off: 'not ended',
    left: 'left again',
  }[phase];
  if (entering_at === null) return words;
  const took = until === null ? '' : `, ${duration(Date.parse(until) - Date.parse(entering_at))}`;
  const tries = attempts > 1 ? `, attempt ${attempts}` : '';
  return `${words} ${entering_at.slice(11, 19)}${took}${tries}`;
}

function itemTable(items: readonly ReportItem[]): string {
  const rows = items.map((item) => [
    `<td>${text(expectedWords(item))}</td>`,
    `<td>${text(item.text)}</td>`,
    `<td>${text(itemPlace(item))}</td>`,
    `<td class="${item.state}">${STATE_WORDS[item.state]}</td>`,
  ]);
  return table(HEADS, rows);
}

export function expectedWords({ kind, name, wanted }: ReportItem): string {
  if (kind === 'probe') return `${name} met`;
  if (kind === 'action') return `${name} ends well`;
  return `${name} ${wanted}`.trim();
}

export function timelineSection({ timeline, notes, alerts, run }: Report): string {
  const startMs = Date.parse(run.started_at);
  const { events, left_out } = timeline;
  const lines = [
    ...events.map((event) => ({ at: event.at, what: eventText(event) })),
    ...notes.map((note) => ({ at: note.at, what: noteText(note) })),
    ...alerts.flatMap(({ alert, spans }) => alertChanges(alert, spans)),
  ].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  const rows = lines.map(({ at, what }) => [
    `<td><time datetime="${at}">${at.slice(11, 23)}</time></td>`,
    `<td>${text(duration(Date.parse(at) - startMs))}</td>`,
    `<td>${text(what)}</td>`,
  ]);
  const more =
    left_out > 0
      ? `<p class="note">${left_out} events in the middle are left out; the journal has them.</p>`
      : '';
  return section('Timeline', more + table(['UTC', 'Since the start', 'What happened'], rows));
}

export function environmentSection({ environment, run, gameday }: Report): string {
  const { host, user, platform, node, engine, compose, git } = environment ?? {};
  const commit = git?.commit
    ? `${git.commit}${git.dirty ? ', with changes not committed' : ''}`
    : null;
  const asked = engine?.api ? `, API ${engine.api}` : '';
  return section(
    'Where it took place',
    facts([
      ['Story', run.story.path ?? 'the default story'],
      ['Commit', commit],
      ['Machine', host ?? null],
      ['User', user ?? null],
      ['System', platform ?? null],
      ['Node.js', node ?? null],
      ['Engine', engine ? `${engine.name} ${engine.version ?? ''}${asked}` : run.engine.kind],
      ['Docker Compose', compose ?? null],
      ['gameday', run.gameday === gameday ? gameday : `${run.gameday}; report by ${gameday}`],
    ]),
  );
}
