/** A look over HTTP: the status, a text in the body, a number in it. */

import type { Look, ProbeOf } from '../../story/probe-spec.ts';
import { isExpected, numberIn, showNumber } from '../../terms/expected-value.ts';
import { bareUrl } from '../userinfo.ts';
import { requestWithin } from './request.ts';

export async function lookHttp(probe: ProbeOf<'http'>, signal?: AbortSignal): Promise<Look> {
  const { url, headers, timeout_ms, expect_status, expect_body, expect_value, pattern } = probe;
  const where = bareUrl(url);
  // A number may go on in the next piece of the body; a text that is there stays there.
  const isEnough = (body: string) =>
    expect_value === null && expect_body !== null && body.includes(expect_body);
  const wantsBody = expect_body !== null || expect_value !== null;
  const answer = await requestWithin({
    url,
    headers,
    timeoutMs: timeout_ms,
    signal,
    ...(wantsBody && { isEnough }),
  });
  if ('failure' in answer) return { met: false, text: `${where} ${answer.failure}` };
  const { status, body, cut } = answer;
  const answered = `${where} answered ${status}`;
  if (expect_status === null ? status < 200 || status >= 400 : status !== expect_status)
    return {
      met: false,
      text: expect_status === null ? answered : `${answered} instead of ${expect_status}`,
    };
  if (expect_body !== null && !body.includes(expect_body))
    return {
      met: false,
      text: `${answered} without the expected text${cut ? ' in its first megabyte' : ''}`,
    };
  const words = expect_body === null ? answered : `${answered} with the expected text`;
  if (expect_value === null) return { met: true, text: words };
  const number = numberIn(body, pattern);
  if ('problem' in number) return { met: false, text: `${words}: ${number.problem}` };
  return {
    met: isExpected(number.value, expect_value),
    text: `${words}: ${showNumber(number.value)} (wanted: ${expect_value.text})`,
  };
}
