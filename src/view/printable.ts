/**
 * Makes foreign text (names, log lines, narration, messages of other programs) safe for a terminal or a log file:
 * what can be seen is kept, what could move the cursor, colour the screen or turn the reading order is taken out.
 * Lacks on purpose: any wording or layout.
 */
import { stripVTControlCharacters } from 'node:util';

/** One line may fill a screen, not the scrollback: log lines and outputs can be megabytes long. In UTF-16 units. */
const LONGEST_LINE = 2000;

/** What ends a line or stands for a gap: all of them become one space. */
const GAPS = /[\t\n\v\f\r\u0085\u2028\u2029]+/g;
/**
 * Controls (C0, DEL, C1, which hold the escape sequences' first characters) and characters that are never seen: bidi
 * overrides, zero-width spaces, tags. Joiners and variation selectors stay, since emoji and some scripts need them.
 */
const UNSEEN =
  /[\p{Cc}\p{Bidi_Control}[\p{Default_Ignorable_Code_Point}--[\u200c\u200d\ufe00-\ufe0f]]]/gv;

/** The text on one line. */
export function printable(text: string): string {
  const clipped = text.length > LONGEST_LINE ? `${text.slice(0, LONGEST_LINE)}…` : text;
  return stripVTControlCharacters(clipped).replace(GAPS, ' ').replace(UNSEEN, '').toWellFormed();
}

/** JSON in which everything that a terminal would act on is written as an escape: the value is the same, the text is safe. */
export function safeJson(value: unknown, indent: number): string {
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value, null, indent).replace(UNSEEN, (each) =>
    each === '\n' ? each : each.split('').map(escaped).join(''),
  );
}

/** The text with its line breaks kept, as lines without trailing blanks; none for an empty text. */
export function printableLines(text: string): string[] {
  if (text === '') return [];
  return text.split(/\r\n|[\n\v\f\r\u0085\u2028\u2029]/).map((line) => printable(line).trimEnd());
}
