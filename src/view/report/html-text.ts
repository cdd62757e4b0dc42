/** Text of others made safe for a page, and the few parts that its sections are made of. Pure. */

import { printable, printableLines } from '../printable.ts';
import { type Host, spellCommands } from '../spelling.ts';
import type { Figure } from './chart.ts';

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** On one line; harmless in text and in attributes. */
export function text(value: string): string {
  return printable(value).replace(/[&<>"']/g, (each) => ESCAPES[each] as string);
}

/** The same with its line breaks. */
export function lines(value: string): string {
  return printableLines(value).map(text).join('\n');
}

/** A sentence of ours; commands in it as this host has them typed. */
export function spelled(sentence: string, host: Host): string {
  return text(spellCommands(sentence, host)).replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}

export function section(title: string, inner: string): string {
  const id = title.toLowerCase().replaceAll(/\W+/g, '-');
  return `<section aria-labelledby="${id}"><h2 id="${id}">${text(title)}</h2>\n${inner}\n</section>`;
}

/** Empty for none. */
export function list(items: readonly string[]): string {
  return items.length === 0
    ? ''
    : `<ul>\n${items.map((each) => `<li>${text(each)}</li>`).join('\n')}\n</ul>`;
}

/** `rows`: cells that are HTML already. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = heads.map((each) => `<th scope="col">${text(each)}</th>`).join('');
  const body = rows.map((cells) => `<tr>${cells.join('')}</tr>`).join('\n');
  return `<div class="wide" tabindex="0"><table><thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table></div>`;
}

/** Pairs of a name and what it is; those without a value are left out. */
export function facts(pairs: readonly (readonly [string, string | null])[]): string {
  const known = pairs.filter(([, value]) => value !== null && value !== '');
  return `<dl>${known.map(([name, value]) => `<dt>${text(name)}</dt><dd>${text(value as string)}</dd>`).join('')}</dl>`;
}

export function figures(drawn: readonly Figure[]): string {
  return drawn
    .map(({ caption, svg }) => `<figure><figcaption>${text(caption)}</figcaption>${svg}</figure>`)
    .join('\n');
}
