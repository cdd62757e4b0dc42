/** How a drafted story is written: scalars with quotes only where they are needed, comments and prose at one width. Pure. */

const WIDTH = 118;

/** Words that some YAML takes for a boolean, a null or a number. */
const NO_TEXT = /^(?:y|n|yes|no|on|off|true|false|null|~|[-+.]?\d[\w.+-]*|\.inf|\.nan)$/i;

/** A text as a scalar, good in a line and within brackets. What JSON puts into quotes is YAML as well. */
export function plain(text: string): string {
  const isPlain =
    /^\/$|^(?:\.{0,2}\/|--?)?[A-Za-z_][\w./-]*(?: [\w.-]+)*$|^[a-z]+:\/\/[\w.:/-]+$/.test(text) &&
    !NO_TEXT.test(text);
  return isPlain ? text : JSON.stringify(text);
}

export function flow(words: readonly string[]): string {
  return `[${words.map(plain).join(', ')}]`;
}

/** A comment, as many lines as it takes. `at`: columns it is indented by, here; `further`: by the caller. */
export function remark(text: string, at = 0, further = 0): string[] {
  const lines = wrap(text, WIDTH - at - further - 2);
  return indent(
    lines.map((line) => `# ${line}`),
    at,
  );
}

/** Sentences under a `|`, each on lines of its own. */
export function prose(sentences: readonly string[], at: number, further = 0): string[] {
  return indent(
    sentences.flatMap((sentence) => wrap(sentence, WIDTH - at - further)),
    at,
  );
}

export function indent(lines: readonly string[], at: number): string[] {
  return lines.map((line) => (line === '' ? '' : `${' '.repeat(at)}${line}`));
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.trim().split(/\s+/)) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
