/**
 * Variables in a Compose file, as its specification has them: `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME:?message}`,
 * `${NAME:+other}`, each of the last three without its colon as well, nested, and `$$` for a dollar. Pure.
 */

/** `lookup`: undefined where the variable is not set. Throws an Error with the sentence to show. */
export function interpolate(text: string, lookup: (name: string) => string | undefined): string {
  if (!text.includes('$')) return text;
  let out = '';
  for (let at = 0; at < text.length; ) {
    const rest = text.slice(at);
    const plain = /^[^$]+|^\$(?=\$)/.exec(rest)?.[0];
    const name = /^\$([A-Za-z_]\w*)/.exec(rest);
    if (plain !== undefined) {
      out += plain;
      at += plain === '$' ? 2 : plain.length;
    } else if (name) {
      out += lookup(name[1] as string) ?? '';
      at += name[0].length;
    } else {
      const end = rest.startsWith('${') ? closing(rest) : -1;
      if (end < 0)
        throw new Error(
          `invalid interpolation format: "${text}"; a dollar that is meant as one is written $$`,
        );
      out += expand(rest.slice(2, end), text, lookup);
      at += end + 1;
    }
  }
  return out;
}

/** Where the brace that `text` opens at 1 is closed; -1 where it is not. */
function closing(text: string): number {
  let depth = 0;
  for (let at = 1; at < text.length; at++) {
    if (text[at] === '{' && text[at - 1] === '$') depth++;
    else if (text[at] === '}' && --depth === 0) return at;
  }
  return -1;
}

function expand(
  inner: string,
  whole: string,
  lookup: (name: string) => string | undefined,
): string {
  const [, name, operator, operand = ''] =
    /^([A-Za-z_]\w*)(?:(:?[-?+])([\s\S]*))?$/.exec(inner) ?? [];
  if (name === undefined) throw new Error(`invalid interpolation format: "${whole}"`);
  const value = lookup(name);
  const there = value !== undefined && !(operator?.startsWith(':') && value === '');
  switch (operator?.at(-1)) {
    case '-':
      return there ? value : interpolate(operand, lookup);
    case '+':
      return there ? interpolate(operand, lookup) : '';
    case '?':
      if (!there)
        throw new Error(
          `required variable ${name} is missing a value: ${interpolate(operand, lookup)}`,
        );
      return value;
    default:
      return value ?? '';
  }
}
