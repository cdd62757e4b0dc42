/**
 * A window as one short line of text, and back. Pure. Four windows a second make 345,600 lines a day, so every byte of a
 * line is a third of a megabyte. The fields, with a space between them:
 *
 *     mhx3k2p0 250 125 1 xCFKTQICB                      start (epoch ms, base 36), length in ms, ok, in flight, latencies
 *     mhx3k2w0 250 84 12 xCFKTB 3 0 {"refused":38}      and, unless all are nought: time-outs, dropped, errors by kind
 *     ~mhx3k380 250 31 2 xCFKTB                         with a tilde in front while the load changes its rate on purpose
 *
 * Latencies are the first bucket's number and then the count of each bucket from there on, in digits of 64: five bits
 * each, the lowest first, the sixth bit says that another follows. A count of nought is followed by how many buckets in
 * a row have none. `-` stands for no latencies. Their sum must be ok + time-outs, so a damaged line is seen.
 */
import { BUCKETS, countOf, type Histogram, type Window, windowOf } from '../../impact/windows.ts';

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
/** By character code. */
const VALUES = new Uint8Array(128);
for (let value = 0; value < DIGITS.length; value++) VALUES[DIGITS.charCodeAt(value)] = value;
const NO_ERRORS = '{}';
const LINE = /^(~?)([0-9a-z]{7,9}) (\d+) (\d+) (\d+) (-|[A-Za-z0-9+/]+)(?: (\d+) (\d+) (\{.*\}))?$/;

export function renderLine({
  at,
  dt_ms,
  ok,
  in_flight,
  histogram,
  timeouts,
  dropped,
  errors,
  ramping,
}: Window): string {
  const line = `${ramping ? '~' : ''}${at.toString(36)} ${dt_ms} ${ok} ${in_flight} ${renderHistogram(histogram)}`;
  const isClean = timeouts === 0 && dropped === 0 && Object.keys(errors).length === 0;
  return isClean ? `${line}\n` : `${line} ${timeouts} ${dropped} ${JSON.stringify(errors)}\n`;
}

/** Null for what is not one whole line. */
export function parseLine(line: string): Window | null {
  const [
    ,
    ramp,
    at,
    dt,
    ok,
    inFlight,
    latencies,
    timeouts = '0',
    dropped = '0',
    errors = NO_ERRORS,
  ] = LINE.exec(line) ?? [];
  if (at === undefined || latencies === undefined) return null;
  const histogram = parseHistogram(latencies);
  const counts = {
    dt_ms: Number(dt),
    ok: Number(ok),
    in_flight: Number(inFlight),
    timeouts: Number(timeouts),
    dropped: Number(dropped),
  };
  if (
    !histogram ||
    counts.dt_ms === 0 ||
    (histogram.length > 0 && countOf(histogram) !== counts.ok + counts.timeouts)
  )
    return null;
  try {
    const ramping = ramp === '~' && { ramping: true as const };
    return windowOf({
      at: Number.parseInt(at, 36),
      ...counts,
      errors: errors === NO_ERRORS ? {} : JSON.parse(errors),
      histogram,
      ...ramping,
    });
  } catch {
    return null;
  }
}

function renderHistogram(histogram: Histogram): string {
  if (histogram.length === 0) return '-';
  let text = '';
  let next = histogram[0] as number;
  text += renderNumber(next);
  for (let i = 0; i < histogram.length; i += 2) {
    const bucket = histogram[i] as number;
    if (bucket > next) text += renderNumber(0) + renderNumber(bucket - next);
    text += renderNumber(histogram[i + 1] as number);
    next = bucket + 1;
  }
  return text;
}

function parseHistogram(text: string): Histogram | null {
  if (text === '-') return [];
  const numbers = parseNumbers(text);
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

/** Null where the last number lacks its end. */
function parseNumbers(text: string): number[] | null {
  const numbers: number[] = [];
  let value = 0;
  let weight = 1;
  for (let at = 0; at < text.length; at++) {
    const bits = VALUES[text.charCodeAt(at)] as number;
    value += (bits % 32) * weight;
    weight *= 32;
    if (bits >= 32) continue;
    numbers.push(value);
    [value, weight] = [0, 1];
  }
  return weight === 1 ? numbers : null;
}
