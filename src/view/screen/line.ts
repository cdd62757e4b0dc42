/** A line of the screen: text with its style, cut and filled by columns. Pure; `renderLine` alone makes escape sequences of it. */
import type { Paint } from '../paint.ts';
import { printable } from '../printable.ts';
import { clipTo, displayWidth, padTo } from '../wrap.ts';

/**
 * The terminal's own colours and no background, so that it can be read on a dark and on a light one. What a style means is said
 * in words as well, since there may be no colour.
 */
export type Style = 'plain' | 'title' | 'strong' | 'faint' | 'good' | 'bad' | 'alarm' | 'bar';

const STYLES = {
  plain: null,
  title: 'bold',
  strong: 'bold',
  faint: 'dim',
  good: 'green',
  bad: 'red',
  alarm: ['bold', 'red'],
  bar: 'inverse',
} as const satisfies Record<Style, Parameters<Paint>[0] | null>;

export interface Span {
  text: string;
  style: Style;
}
export type Line = readonly Span[];

export const line = (text: string, style: Style = 'plain'): Line => [{ text, style }];
export const BLANK: Line = [];

export function widthOf(spans: Line): number {
  return spans.reduce((sum, { text }) => sum + displayWidth(text), 0);
}

/** Exactly so many columns, and nothing that a terminal would act on, wherever the text came from. */
export function fitTo(spans: Line, width: number): Line {
  const fitted: Span[] = [];
  let left = width;
  for (const { text, style } of spans) {
    if (left <= 0) break;
    const harmless = printable(text);
    const clipped = clipTo(harmless, left);
    fitted.push({ text: clipped, style });
    left -= displayWidth(clipped);
    if (clipped !== harmless) break;
  }
  if (left <= 0) return fitted;
  const last = fitted.at(-1);
  return last?.style === 'bar'
    ? [
        ...fitted.slice(0, -1),
        { text: padTo(last.text, displayWidth(last.text) + left), style: 'bar' },
      ]
    : [...fitted, { text: ' '.repeat(left), style: 'plain' }];
}

/** Exactly so many lines, blank ones below. */
export function fill(lines: readonly Line[], rows: number): Line[] {
  return Array.from({ length: Math.max(0, rows) }, (_, row) => lines[row] ?? BLANK);
}

/** Blocks side by side, each with its width; as many lines as the highest. */
export function beside(
  left: readonly Line[],
  leftWidth: number,
  right: readonly Line[],
  rightWidth: number,
): Line[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, row) => [
    ...fitTo(left[row] ?? BLANK, leftWidth),
    { text: '  ', style: 'plain' },
    ...fitTo(right[row] ?? BLANK, rightWidth),
  ]);
}

/** A heading with a rule, and below it exactly `rows - 1` lines. */
export function panel(title: string, lines: readonly Line[], width: number, rows: number): Line[] {
  if (rows < 1) return [];
  const head = `── ${clipTo(title, Math.max(1, width - 6))} `;
  const rule = '─'.repeat(Math.max(0, width - displayWidth(head)));
  return [[{ text: head + rule, style: 'title' }], ...fill(lines, rows - 1)];
}

export function textOf(spans: Line): string {
  return spans.map(({ text }) => text).join('');
}

export function renderLine(spans: Line, paint: Paint): string {
  return spans
    .map(({ text, style }) => {
      const wanted = STYLES[style];
      return wanted === null ? text : paint(wanted as Parameters<Paint>[0], text);
    })
    .join('')
    .trimEnd();
}
