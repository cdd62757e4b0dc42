/**
 * An SQL text with placeholders as a prepared statement: each of them becomes a parameter, and so does a whole literal
 * around one, so that `'user {{key}}'` is one text. No value is ever put into the SQL itself. Pure.
 */
import { parsePlaceholders } from '../terms/placeholders.ts';

export interface Statement {
  text: string;
  /** For `$1`, `$2`, …: texts whose placeholders are still open. */
  parameters: string[];
}

/** What SQL has that may hold braces of its own, the longest first; a literal with its quotes, and what may make it another kind of literal. */
const TOKEN =
  /(?<comment>--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|(?<dollar>\$(?:[A-Za-z_]\w*)?\$)|(?<escaped>\b[eEbBxX]'(?:[^'\\]|\\.|'')*(?:'|$)|\b[uU]&['"])|(?<literal>'(?:[^']|'')*')|(?<name>"(?:[^"]|"")*")|(?<open>\{\{[\w\s|]*\}\})/g;

/** The statement, or why its placeholders cannot become parameters. */
export function prepare(query: string): Statement | { problem: string } {
  const parameters: string[] = [];
  let text = '';
  let from = 0;
  const parameter = (value: string) => {
    parameters.push(value);
    return `$${parameters.length}`;
  };
  TOKEN.lastIndex = 0;
  for (let found = TOKEN.exec(query); found; found = TOKEN.exec(query)) {
    const groups = found.groups as Partial<
      Record<'comment' | 'dollar' | 'escaped' | 'literal' | 'name' | 'open', string>
    >;
    let [whole] = found;
    if (groups.dollar !== undefined) {
      const end = query.indexOf(groups.dollar, found.index + groups.dollar.length);
      whole = query.slice(found.index, end < 0 ? query.length : end + groups.dollar.length);
      TOKEN.lastIndex = found.index + whole.length;
    }
    text += query.slice(from, found.index);
    from = found.index + whole.length;
    const isOpen = parsePlaceholders(whole).parts.some((part) => typeof part === 'object');
    if (!isOpen || groups.comment !== undefined) text += whole;
    else if (groups.open !== undefined) text += parameter(whole);
    else if (groups.literal !== undefined)
      text += parameter(whole.slice(1, -1).replaceAll("''", "'"));
    else
      return {
        problem: `a placeholder in ${whole} cannot become a parameter; it can stand by itself or in a plain literal ('…')`,
      };
  }
  return { text: text + query.slice(from), parameters };
}
