/** What every kind of load has: how much, over how many connections, and how long an operation may take. */
import * as v from 'valibot';
import { about } from '../schema-shapes.ts';
import { duration, rate, wholeNumber } from '../schema-terms.ts';

export const load = {
  rate: v.optional(about(rate(), 'Operations a second or minute, issued whether or not earlier ones came back.', ['500/s', '30000/m']), '100/s'),
  connections: v.optional(about(wholeNumber(1, 10_000), 'Connections kept open.'), 10),
  timeout: v.optional(about(duration({ minMs: 1 }), 'An operation that takes longer counts as failed.'), '2s'),
  max_in_flight: v.optional(about(wholeNumber(1, 1_000_000), 'Operations beyond it are dropped, and counted as dropped.'), 1000),
};

export function loadOf(value: { rate: number; connections: number; timeout: number; max_in_flight: number }) {
  return { rate: value.rate, connections: value.connections, timeout_ms: value.timeout, max_in_flight: value.max_in_flight };
}
