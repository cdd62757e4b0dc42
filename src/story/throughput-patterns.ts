/**
 * How well-known load generators print what they did, and how a story's own pattern is read. Pure.
 * Some print a rate, some count up from their start; a few print once, at their end.
 */

export interface ThroughputPattern {
  /** Group `n`: the figure. `label`: counted apart. `h`, `m`, `s`: how long it had run. */
  expression: RegExp;
  /** `rate`: operations a second since the line before. `total`: operations since its start. */
  figure: 'rate' | 'total';
}

export const THROUGHPUT_PATTERNS: Record<string, ThroughputPattern> = {
  /** `10 sec: 123456 operations; 12345.6 current ops/sec; …` (with `-s`) */
  ycsb: { expression: /(?<n>[\d.,]+) current ops\/sec/, figure: 'rate' },
  /** `READ   - Takes(s): 10.0, Count: 8573, OPS: 857.5, …`: OPS there is the mean since the start, so the counts are read and added up. */
  'go-ycsb': {
    expression:
      /^(?<label>(?!TOTAL|READ_MODIFY_WRITE)[A-Z_]+(?<!_ERROR))\s+- Takes\(s\): (?<s>[\d.]+), Count: (?<n>\d+)/,
    figure: 'total',
  },
  /** `running (0m01.0s), 10/10 VUs, 1234 complete and 0 interrupted iterations` */
  k6: {
    expression: /running \((?:(?<h>\d+)h)?(?:(?<m>\d+)m)?(?<s>[\d.]+)s\).*?(?<n>\d+) complete/,
    figure: 'total',
  },
  /** `Requests/sec:  12345.67`, at its end */
  wrk: { expression: /Requests\/sec:\s+(?<n>[\d.,]+)/, figure: 'rate' },
  hey: { expression: /Requests\/sec:\s+(?<n>[\d.,]+)/, figure: 'rate' },
  /** `SET: rps=12345.0 (overall: 12000.0) …`, again and again; with `-q` only `SET: 123456.79 requests per second` */
  'redis-benchmark': {
    expression: /(?:rps=|: )(?<n>[\d.]+) (?:\(overall|requests per second)/,
    figure: 'rate',
  },
};

/** A name of the table or a regular expression whose first group is the operations a second; null: it is neither. */
export function throughputPattern(text: string): ThroughputPattern | null {
  if (Object.hasOwn(THROUGHPUT_PATTERNS, text))
    return THROUGHPUT_PATTERNS[text] as ThroughputPattern;
  try {
    const groups = (new RegExp(`${text}|`).exec('')?.length ?? 1) - 1;
    return groups >= 1 ? { expression: new RegExp(text), figure: 'rate' } : null;
  } catch {
    return null;
  }
}

/** One line of output, read. `seconds`: since the program's start, where it says so. */
export interface Figure {
  value: number;
  label: string;
  seconds: number | null;
}

export function readFigure(pattern: ThroughputPattern, line: string): Figure | null {
  const match = pattern.expression.exec(line);
  if (!match) return null;
  const { n = match[1], label = '', h, m, s } = match.groups ?? {};
  const value = Number(n?.replaceAll(',', ''));
  if (n === undefined || n === '' || !Number.isFinite(value) || value < 0) return null;
  return {
    value,
    label,
    seconds: s === undefined ? null : Number(h ?? 0) * 3600 + Number(m ?? 0) * 60 + Number(s),
  };
}
