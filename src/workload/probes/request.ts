/** One request of a probe over HTTP, within its time limit; a failure is told in words. Never rejects. */
import { type HttpRequest, requestOverHttp } from '../../system/http.ts';
import { formatDuration } from '../../terms/duration.ts';
import { errorKind } from '../error-kinds.ts';

interface ProbeRequest extends Omit<HttpRequest, 'signal'> {
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

type ProbeResponse = { status: number; body: string; cut: boolean } | { failure: string };

export async function requestWithin({
  timeoutMs,
  signal,
  ...request
}: ProbeRequest): Promise<ProbeResponse> {
  const limit = AbortSignal.timeout(timeoutMs);
  const either = signal ? AbortSignal.any([signal, limit]) : limit;
  const response = await requestOverHttp({ ...request, signal: either });
  return 'error' in response
    ? { failure: failureOf(response.error, either, limit, timeoutMs) }
    : response;
}

/** In words that follow an address. `either`: aborted by the limit, or by who asked. */
export function failureOf(
  error: Error,
  either: AbortSignal,
  limit: AbortSignal,
  timeoutMs: number,
): string {
  if (either.aborted && !limit.aborted) return 'does not answer in the time that is left';
  if (limit.aborted) return `does not answer within ${formatDuration(timeoutMs)}`;
  const kind = errorKind(error);
  return kind === 'refused' ? 'refuses connections' : `does not answer: ${kind}`;
}
