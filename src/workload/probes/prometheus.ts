/**
 * A look through a Prometheus server: an instant query (`/api/v1/query`), each of whose values must be as expected.
 * Lacks on purpose: range queries, and the labels of what was found in what is recorded.
 */
import * as v from 'valibot';
import type { Look, ProbeOf } from '../../story/probe-spec.ts';
import { asNumber, isExpected, showNumber } from '../../terms/expected-value.ts';
import { bareUrl } from '../userinfo.ts';
import { requestWithin } from './request.ts';

const SHOWN = 5;

/** Unix time in seconds, and the value as text. */
const Sample = v.tuple([v.number(), v.string()]);
const Labels = v.record(v.string(), v.string());
const Answer = v.variant('status', [
  v.object({
    status: v.literal('success'),
    data: v.variant('resultType', [
      v.object({
        resultType: v.literal('vector'),
        result: v.array(v.object({ metric: v.fallback(Labels, {}), value: v.optional(Sample) })),
      }),
      v.object({ resultType: v.literal('scalar'), result: Sample }),
      v.object({ resultType: v.literal('matrix') }),
      v.object({ resultType: v.literal('string') }),
    ]),
  }),
  v.object({ status: v.literal('error'), errorType: v.string(), error: v.string() }),
]);

export async function lookPrometheus(
  probe: ProbeOf<'prometheus'>,
  signal?: AbortSignal,
): Promise<Look> {
  const { url, query, headers, timeout_ms, expect_value, when_empty } = probe;
  const where = bareUrl(url);
  const answer = await requestWithin({
    url: queryUrl(url, query),
    headers,
    timeoutMs: timeout_ms,
    signal,
    isEnough: () => false,
  });
  if ('failure' in answer) return { met: false, text: `${where} ${answer.failure}` };
  if (answer.cut) return { met: false, text: `${where} answered with more than a megabyte` };
  const parsed = v.safeParse(Answer, asJson(answer.body));
  if (!parsed.success)
    return { met: false, text: `${where} answered ${answer.status}, and not as Prometheus does` };
  const { output } = parsed;
  if (output.status === 'error')
    return {
      met: false,
      text: `${where} cannot answer the query: ${output.errorType}: ${output.error}`,
    };
  const { data } = output;
  if (data.resultType === 'matrix')
    return { met: false, text: 'the query asks for a range, and so has no value of now' };
  if (data.resultType === 'string')
    return { met: false, text: 'the query finds a text and no number' };
  const samples = data.resultType === 'scalar' ? [{ metric: {}, value: data.result }] : data.result;
  if (samples.length === 0) return { met: when_empty === 'met', text: 'the query finds nothing' };
  const found = samples.map(({ metric, value }) => ({
    metric,
    value: (value && asNumber(value[1])) ?? Number.NaN,
  }));
  const wrong = found.filter(({ value }) => !isExpected(value, expect_value));
  const values = found.map(({ value }) => showNumber(value));
  const wanted = `(wanted: ${expect_value.text})`;
  if (found.length === 1) return { met: wrong.length === 0, text: `${values[0]} ${wanted}` };
  const shown =
    values.length > SHOWN ? `${values.slice(0, SHOWN).join(', ')}, …` : values.join(', ');
  const text = `${found.length - wrong.length} of ${found.length} values are as wanted: ${shown} ${wanted}`;
  return {
    met: wrong.length === 0,
    text,
    lines: wrong
      .slice(0, SHOWN)
      .map(({ metric, value }) => `${showNumber(value)}  ${labelsOf(metric)}`),
  };
}

function queryUrl(base: string, query: string): string {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/api/v1/query`;
  url.searchParams.set('query', query);
  return url.href;
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function labelsOf({ __name__ = '', ...labels }: Record<string, string>): string {
  return `${__name__}{${Object.entries(labels)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(', ')}}`;
}
