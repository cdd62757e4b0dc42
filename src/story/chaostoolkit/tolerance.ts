/** What a probe of an experiment tolerates, as a condition on a shell's variables `status` and `output`; null: nothing can be said of it here. Pure. */
import { quoted } from './words.ts';

/** Where the value comes from: the exit code or the HTTP status; a text. */
export type Checked =
  | { of: 'status' | 'output'; test: string }
  | { of: 'range'; between: [number, number] };

/** `texts`: what a target may be called that means the text: `body`, `stdout`. */
export function checkOf(
  tolerance: unknown,
  texts: readonly string[],
): { check: Checked } | { problem: string } {
  if (typeof tolerance === 'number') return status([tolerance]);
  if (Array.isArray(tolerance) && tolerance.length > 0 && tolerance.every(Number.isInteger))
    return status(tolerance as number[]);
  if (typeof tolerance !== 'object' || tolerance === null || Array.isArray(tolerance))
    return { problem: `the tolerance ${JSON.stringify(tolerance)} never holds for such a probe` };
  const { type, target, pattern, range, path } = tolerance as Record<string, unknown>;
  const isText = typeof target === 'string' && texts.includes(target);
  if (!isText && target !== 'status')
    return { problem: `its tolerance has no target here (${texts.join(', ')} or status)` };
  switch (type) {
    case 'regex': {
      if (!isText) return { problem: 'a regular expression over a number fails there, too' };
      const extended = typeof pattern === 'string' ? toExtended(pattern) : null;
      if (extended === null) return { problem: 'grep -E has no such regular expression' };
      const test = `printf '%s\\n' "$output" | grep -Eq -- ${quoted(extended)}`;
      return { check: { of: 'output', test } };
    }
    case 'range': {
      const [low, high] = (range ?? []) as number[];
      if (typeof low !== 'number' || typeof high !== 'number')
        return { problem: 'its range has no two numbers' };
      if (isText) return { check: { of: 'range', between: [low, high] } };
      return {
        check: { of: 'status', test: `test "$status" -ge ${low} && test "$status" -le ${high}` },
      };
    }
    case 'jsonpath': {
      const filter =
        typeof path === 'string' ? toJq(path, tolerance as Record<string, unknown>) : null;
      if (!isText || filter === null)
        return { problem: 'jq has no simple counterpart of its JSON path' };
      return {
        check: {
          of: 'output',
          test: `printf '%s\\n' "$output" | jq -e ${quoted(filter)} > /dev/null`,
        },
      };
    }
    default:
      return { problem: `a tolerance of the type ${String(type)} is code of Chaos Toolkit's own` };
  }
}

function status(codes: readonly number[]): { check: Checked } {
  return {
    check: { of: 'status', test: `case "$status" in ${codes.join('|')}) ;; *) false ;; esac` },
  };
}

const CLASSES: Record<string, string> = {
  d: '[0-9]',
  D: '[^0-9]',
  w: '[[:alnum:]_]',
  W: '[^[:alnum:]_]',
  s: '[[:space:]]',
  S: '[^[:space:]]',
};

/** A regular expression of Python as one of `grep -E`; null: it has none. */
function toExtended(pattern: string): string | null {
  if (/\(\?|[*+?}][?+]|\\[AbBZ]|\\[1-9]/.test(pattern)) return null;
  // Within brackets the short classes would need another form.
  if (/\[[^\]]*\\[dDwWsS][^\]]*\]/.test(pattern)) return null;
  return pattern.replaceAll(/\\([dDwWsS])/g, (_, name: string) => CLASSES[name] as string);
}

/** `$.a.b[0]`, `$['a']`, `$.a[*]`; null: more than that. */
function toJq(path: string, { count, expect }: Record<string, unknown>): string | null {
  const steps = /^\$((?:\.[A-Za-z_]\w*|\[\d+\]|\[\*\]|\['[^'\\]+'\]|\["[^"\\]+"\])*)$/.exec(
    path.trim(),
  );
  if (!steps) return null;
  const filter = (steps[1] as string)
    .replaceAll(/\['([^'\\]+)'\]/g, '["$1"]')
    .replaceAll(/\.([A-Za-z_]\w*)/g, '["$1"]')
    .replaceAll('[*]', '[]?');
  const found = `[.${filter.replaceAll(/\["[^"]+"\]/g, '$&?')}]`;
  const wanted =
    expect === undefined ? null : JSON.stringify(Array.isArray(expect) ? expect : [expect]);
  if (wanted !== null) return `${found} == ${wanted}`;
  return `${found} | map(select(. != null)) | length ${typeof count === 'number' ? `== ${count}` : '> 0'}`;
}
