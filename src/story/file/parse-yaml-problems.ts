/** What the YAML library complains about, in words that say what to do. */
import { type Document, type Scalar, visit, type YAMLParseError, type YAMLWarning } from 'yaml';
import type { Problem } from '../../terms/outcomes.ts';
import type { Place } from './parse-place.ts';

const QUOTES = 'Put the text into quotes.';

const TAB = { message: 'a tab is used as indentation', hint: 'Use spaces.' };

/** By the library's code: our words where its own are those of a grammar, and what to do. */
const KNOWN: Partial<Record<string, { message?: string; hint: string }>> = {
  TAB_AS_INDENT: TAB,
  BLOCK_AS_IMPLICIT_KEY: {
    message: 'a mapping or list cannot begin here',
    hint: 'A text that holds ": " belongs in quotes, or under a | on lines of its own; else look at the indentation.',
  },
  BAD_SCALAR_START: { hint: QUOTES },
  BAD_DQ_ESCAPE: { hint: 'Write \\\\ for a backslash, or use single quotes.' },
  MULTIPLE_DOCS: {
    message: 'the file holds more than one document',
    hint: 'Make a file of each, and name one of them with --story.',
  },
  TAG_RESOLVE_FAILED: { hint: `${QUOTES} A ! in front of a value is a tag, and a story has none.` },
  BAD_DIRECTIVE: { hint: 'Take the line that begins with % out.' },
  MISSING_CHAR: { hint: 'Look for a quote, a bracket or a colon that is missing.' },
  BAD_INDENT: { hint: 'Look at the indentation and the brackets.' },
};
const UNCLOSED = /^Missing closing .quote/;
const ELSE = 'Look at the indentation, the quotes and the brackets.';

/** One a line: what follows on the same line is most often the echo of the first. */
export function yamlProblems(
  text: string,
  document: Document.Parsed,
  placeOf: (offset: number) => Place,
): Problem[] {
  const problems = new Map<number, Problem>();
  const lines = text.split('\n');
  // After a quote without an end, nothing is what it looks like.
  const unclosed = document.errors.filter((error) => UNCLOSED.test(error.message));
  for (const error of unclosed.length > 0 ? unclosed : [...document.errors, ...document.warnings]) {
    const place = placeOf(offsetOf(error, document));
    if (problems.has(place.line)) continue;
    // The library does not always see that a tab is behind what it complains about.
    const tab = /^ *\t/.exec(lines[place.line - 1] ?? '')?.[0].length;
    const { message = lowerFirst(error.message), hint } = tab === undefined ? wordsFor(error) : TAB;
    problems.set(place.line, {
      line: place.line,
      column: tab ?? place.column,
      path: '',
      message,
      hint,
    });
  }
  return [...problems.values()];
}

/** A quote without an end is reported at the end of the file; where it begins is what helps. */
function offsetOf(error: YAMLParseError | YAMLWarning, document: Document.Parsed): number {
  const [end] = error.pos;
  if (!UNCLOSED.test(error.message)) return end;
  let start = end;
  visit(document, {
    Scalar: (_, { type, range }: Scalar) => {
      if (type?.startsWith('QUOTE') && range && range[0] < end) start = range[0];
    },
  });
  return start;
}

function wordsFor(error: YAMLParseError | YAMLWarning): { message?: string; hint: string } {
  const [, written] =
    /^Block scalar header includes extra characters: (\S+)/.exec(error.message) ?? [];
  if (written)
    return {
      message: `${written.slice(0, 1)} at the beginning of a value starts a text on the lines below`,
      hint: `Put the value into quotes: "${written} ...".`,
    };
  // The library reports the depth at which it gave up as if it were a fault of grammar.
  if (error.message.includes('call stack'))
    return { message: 'the file is nested too deeply', hint: ELSE };
  if (UNCLOSED.test(error.message))
    return { message: 'a quote is not closed', hint: 'Close it where the text ends.' };
  return KNOWN[error.code] ?? { hint: ELSE };
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
