/**
 * A window as one line of JSON, and back. Pure. Four windows a second make 345,600 lines a day, so every byte of a line is
 * a third of a megabyte. Keys that have nothing to say are left out; the first line of a file explains them:
 *
 *     {"at":1795576000250,"ms":250,"ok":125,"open":1,"p99":13.5,"hist":"xCFKTQICB"}
 *     {"at":1795576000500,"ms":250,"ok":84,"open":12,"timeouts":3,"errors":{"refused":38},"p99":13.5,"hist":"xCFKTB"}
 *
 * The percentile is for people and for jq; ours are made from the histogram: the first bucket's number and then the count
 * of each bucket from there on, in digits of 64: five bits each, the lowest first, the sixth bit says that another digit
 * follows. A count of 0 is followed by the number of empty buckets in a row. The counts add up to ok + timeouts, so that a
 * damaged line is seen.
 */
import { BUCKETS, countOf, type Histogram, type Window, windowOf } from '../../impact/windows.ts';

export const SAMPLES_VERSION = 2;

/** The first line of a file. */
export const SAMPLES_HEADER = `${JSON.stringify({
  v: SAMPLES_VERSION,
  samples: {
    at: 'start of the window, epoch ms',
    ms: 'length of the window, ms',
    ok: 'operations that came back well',
    open: 'operations under way at its end',
    timeouts: 'operations that timed out',
    dropped: 'operations that were due and not issued',
    errors: 'operations that failed, by kind',
    ramping: 'the load was changing its rate on purpose',
    p99: '99th percentile of the latencies from the intended start, ms',
    hist: 'histogram of the latencies: first bucket, then counts, in digits of 64; bucket n ends at 2^((n+1)/6-6) ms',
  },
})}\n`;

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
/** By character code; 64 for what is no digit. */
const VALUES = new Uint8Array(128).fill(64);
for (let value = 0; value < DIGITS.length; value++) VALUES[DIGITS.charCodeAt(value)] = value;

export function renderLine(window: Window): string {
  const { at, dt_ms, ok, in_flight, histogram, timeouts, dropped, errors, ramping } = window;
  let line = `{"at":${at},"ms":${dt_ms},"ok":${ok},"open":${in_flight}`;
  if (timeouts > 0) line += `,"timeouts":${timeouts}`;
  if (dropped > 0) line += `,"dropped":${dropped}`;
  if (Object.keys(errors).length > 0) line += `,"errors":${JSON.stringify(errors)}`;
  if (ramping) line += ',"ramping":true';
  if (histogram.length > 0)
    line += `,"p99":${rounded(window.p99_ms)},"hist":"${renderHistogram(histogram)}"`;
  return `${line}}\n`;
}

function rounded(latencyMs: number | null): number | null {
  return latencyMs && Number(latencyMs.toPrecision(3));
}

/** Null for what is not one whole line with a window. */
export function parseLine(line: string): Window | null {
  let value: Record<string, unknown> | null;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { at, ms, ok, open, timeouts = 0, dropped = 0, errors = {}, ramping, hist } = value;
  const histogram = hist === undefined ? [] : parseHistogram(hist);
  if (
    !histogram ||
    !isCount(at) ||
    !isCount(ms) ||
    !isCount(ok) ||
    !isCount(open) ||
    !isCount(timeouts) ||
    !isCount(dropped) ||
    !isErrors(errors) ||
    ms === 0 ||
    (histogram.length > 0 && countOf(histogram) !== ok + timeouts)
  )
    return null;
  return windowOf({
    at,
    dt_ms: ms,
    ok,
    in_flight: open,
    timeouts,
    dropped,
    errors,
    histogram,
    ...(ramping === true && { ramping }),
  });
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isErrors(value: unknown): value is Window['errors'] {
  if (typeof value !== 'object' || value === null) return false;
  for (const kind in value) if (!isCount((value as Record<string, unknown>)[kind])) return false;
  return true;
}

function renderHistogram(histogram: Histogram): string {
  let next = histogram[0] as number;
  let text = renderNumber(next);
  for (let i = 0; i < histogram.length; i += 2) {
    const bucket = histogram[i] as number;
    if (bucket > next) text += renderNumber(0) + renderNumber(bucket - next);
    text += renderNumber(histogram[i + 1] as number);
    next = bucket + 1;
  }
  return text;
}

function parseHistogram(text: unknown): Histogram | null {
  const numbers = typeof text === 'string' ? parseNumbers(text) : null;
  if (!numbers) return null;
  const [first = 0, ...counts] = numbers;
  const histogram: number[] = [];
  let bucket = first;
  for (let i = 0; i < counts.length; i++) {
    if (counts[i] === 0) bucket += counts[++i] ?? 0;
    else histogram.push(bucket++, counts[i] as number);
  }
  return histogram.length > 0 && bucket <= BUCKETS ? histogram : null;
}

function renderNumber(value: number): string {
  let text = '';
  let rest = value;
  do {
    const low = rest % 32;
    rest = Math.floor(rest / 32);
    text += DIGITS[rest > 0 ? low + 32 : low];
  } while (rest > 0);
  return text;
}

/** Null where a character is no digit, or the last number lacks its end. */
function parseNumbers(text: string): number[] | null {
  const numbers: number[] = [];
  let value = 0;
  let weight = 1;
  for (let at = 0; at < text.length; at++) {
    const bits = VALUES[text.charCodeAt(at)] ?? 64;
    if (bits === 64) return null;
    value += (bits % 32) * weight;
    weight *= 32;
    if (bits >= 32) continue;
    numbers.push(value);
    [value, weight] = [0, 1];
  }
  return weight === 1 ? numbers : null;
}
