/** A report for a pull request or a job summary of a CI system: the verdict, what was not as expected, the faults. Pure. */
import type { Report } from '../../run/report/report.ts';
import { printable } from '../printable.ts';
import { STATE_MARKS, STATE_WORDS } from '../say/judged.ts';
import { type Host, spellCommands } from '../spelling.ts';
import { expectedWords, phaseWords } from './html-chapters.ts';
import { faultFacts } from './html-faults.ts';
import {
  actionItems,
  caveatSentence,
  count,
  faultWords,
  itemPlace,
  noteText,
  verdictSentence,
} from './words.ts';

/** A GitHub job summary holds 1 MiB, a comment 65,536 characters. */
const MOST_CHARACTERS = 60_000;

export function reportMarkdown(report: Report, host: Host): string {
  const { run, caveats, notes, chapters, items, faults } = report;
  const ours = (sentence: string) => escaped(spellCommands(sentence, host), true);
  const todo = actionItems(report);
  const rows = items.map((item) => {
    const number = chapters.find(({ id }) => id === item.chapter)?.number ?? '';
    const cells = [number, expectedWords(item), item.text, itemPlace(item), mark(item.state)];
    return row(cells.map((cell) => escaped(String(cell))));
  });
  const parts = [
    [`## ${escaped(`${run.story.name}, run ${run.id}`)}`, `**${ours(verdictSentence(report))}**`],
    caveats.map((caveat) => `> ${ours(caveatSentence(caveat))}`),
    todo.length > 0 ? ['### To do', todo.map((each) => `- [ ] ${escaped(each)}`).join('\n')] : [],
    rows.length > 0
      ? [
          '### Expected and observed',
          [
            row(['', 'Expected', 'Observed', 'When', 'Result']),
            row(['---:', '---', '---', '---', '---']),
            ...rows,
          ].join('\n'),
        ]
      : [],
    faults.length > 0 ? ['### Faults'] : [],
    ...faults.map((fault) => [
      `**${escaped(`${fault.id}: ${faultWords(fault)}`)}**`,
      ...(fault.impact ? [escaped(fault.impact.sentence)] : []),
      faultFacts(fault)
        .filter(([, value]) => value !== null && value !== '')
        .map(([name, value]) => `- ${name}: ${escaped(value as string)}`)
        .join('\n'),
    ]),
    notes.length > 0
      ? [
          '### Notes',
          notes.map((note) => `- ${note.at.slice(11, 19)} ${escaped(noteText(note))}`).join('\n'),
        ]
      : [],
    [
      '### Chapters',
      chapters
        .map((each) => `${each.number}. ${escaped(each.title)} (${phaseWords(each)})`)
        .join('\n'),
    ],
  ];
  return bounded(parts.flat());
}

/** Whole blocks only; what does not fit is counted. */
function bounded(blocks: readonly string[]): string {
  const kept: string[] = [];
  let length = 0;
  for (const block of blocks) {
    length += block.length + 2;
    if (length > MOST_CHARACTERS) {
      const left = count(blocks.length - kept.length, 'part');
      return `${[...kept, `_${left} did not fit here; the HTML report has everything._`].join('\n\n')}\n`;
    }
    kept.push(block);
  }
  return `${kept.join('\n\n')}\n`;
}

function mark(state: keyof typeof STATE_WORDS): string {
  return `${STATE_MARKS[state]} ${STATE_WORDS[state]}`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** On one line, and nothing in it is markup or names anybody. `code`: backticks are ours, and stay. */
function escaped(text: string, code = false): string {
  const harmless = printable(text)
    .replace(/[\\*_[\]<>|#~!]/g, (each) => (each === '<' ? '&lt;' : `\\${each}`))
    .replaceAll('@', '@\u2060')
    .trim();
  return code ? harmless : harmless.replaceAll('`', '\\`');
}
