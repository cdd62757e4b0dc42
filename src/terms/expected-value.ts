/**
 * What a number of a probe must be: `>= 0.99`, `100 ± 5`, `between 95 and 105`. Parsed once, with the story, and held against
 * what a look finds. Pure.
 */

/** From `min` to `max`, both part of it unless it is said; null: no limit on that side. */
export interface ExpectedValue {
  /** As the story wrote it. */
  text: string;
  min: number | null;
  max: number | null;
  min_excluded: boolean;
  max_excluded: boolean;
}

const NUMBER = '[+-]?(?:\\d+(?:\\.\\d*)?|\\.\\d+)(?:[eE][+-]?\\d+)?';
const COMPARED = new RegExp(`^(>=|<=|>|<|=)?\\s*(${NUMBER})$`);
const AROUND = new RegExp(`^(${NUMBER})\\s*(?:±|\\+-|\\+/-)\\s*(${NUMBER})\\s*(%?)$`);
const BETWEEN = new RegExp(`^between\\s+(${NUMBER})\\s+and\\s+(${NUMBER})$`);

/** One pattern for all, for editors. */
export const EXPECTED_VALUE = new RegExp(
  `^\\s*(?:${[COMPARED, AROUND, BETWEEN].map(({ source }) => source.slice(1, -1)).join('|')})\\s*$`,
);
export const EXPECTED_EXAMPLES = ['>= 0.99', '< 5', '100 ± 5', '100 ± 5%', 'between 95 and 105'];

/** Null for what is none of it, and for limits between which nothing lies. */
export function parseExpectedValue(written: string): ExpectedValue | null {
  const text = written.trim();
  const limits = compared(text) ?? around(text) ?? between(text);
  if (!limits) return null;
  const { min = null, max = null, excluded = false } = limits;
  if ([min, max].some((limit) => limit !== null && !Number.isFinite(limit))) return null;
  if (min !== null && max !== null && min > max) return null;
  return {
    text,
    min,
    max,
    min_excluded: excluded && min !== null,
    max_excluded: excluded && max !== null,
  };
}

/** What is no number never is. */
export function isExpected(
  value: number,
  { min, max, min_excluded, max_excluded }: ExpectedValue,
): boolean {
  if (Number.isNaN(value)) return false;
  if (min !== null && (min_excluded ? value <= min : value < min)) return false;
  return max === null || (max_excluded ? value < max : value <= max);
}

/** The number in a text, or why there is none to hold against anything. `pattern`: its first group is the number. */
export function numberIn(
  text: string,
  pattern: string | null,
): { value: number } | { problem: string } {
  if (pattern !== null) {
    const found = new RegExp(pattern, 'm').exec(text);
    if (!found) return { problem: 'nothing in it fits the pattern' };
    const value = asNumber(found[1] ?? '');
    return value === null ? { problem: 'what the pattern finds is no number' } : { value };
  }
  const whole = asNumber(text.trim());
  if (whole !== null) return { value: whole };
  const numbers = text.match(new RegExp(`(?<![\\w.])${NUMBER}(?![\\w.]*\\w)`, 'g')) ?? [];
  const value = numbers.length === 1 ? asNumber(numbers[0] as string) : null;
  if (value !== null) return { value };
  return {
    problem:
      numbers.length === 0
        ? 'it holds no number'
        : `it holds ${numbers.length} numbers, and no pattern says which one`,
  };
}

/** As Prometheus and most programs write one: also `+Inf` and `NaN`. Null for anything else. */
export function asNumber(text: string): number | null {
  if (new RegExp(`^${NUMBER}$`).test(text)) return Number(text);
  if (/^nan$/i.test(text)) return Number.NaN;
  const infinite = /^([+-]?)inf(?:inity)?$/i.exec(text);
  return infinite
    ? infinite[1] === '-'
      ? Number.NEGATIVE_INFINITY
      : Number.POSITIVE_INFINITY
    : null;
}

/** A number as it is shown: `0.9871`, `1200000`. */
export function showNumber(value: number): string {
  return String(Number.isInteger(value) ? value : Number(value.toPrecision(4)));
}

interface Limits {
  min?: number;
  max?: number;
  excluded?: boolean;
}

function compared(text: string): Limits | null {
  const [, operator = '=', written] = COMPARED.exec(text) ?? [];
  if (written === undefined) return null;
  const value = Number(written);
  const excluded = operator === '>' || operator === '<';
  if (operator === '=') return { min: value, max: value };
  return operator.startsWith('>') ? { min: value, excluded } : { max: value, excluded };
}

function around(text: string): Limits | null {
  const [, centre, tolerance, percent] = AROUND.exec(text) ?? [];
  if (centre === undefined || tolerance === undefined) return null;
  const width = percent ? (Math.abs(Number(centre)) * Number(tolerance)) / 100 : Number(tolerance);
  return width < 0
    ? null
    : { min: decimal(Number(centre) - width), max: decimal(Number(centre) + width) };
}

function between(text: string): Limits | null {
  const [, from, to] = BETWEEN.exec(text) ?? [];
  return from === undefined || to === undefined ? null : { min: Number(from), max: Number(to) };
}

/** 0.8 - 0.1 is 0.7 to whoever wrote it, and a little more to the machine. */
function decimal(value: number): number {
  return Number(value.toPrecision(14));
}
