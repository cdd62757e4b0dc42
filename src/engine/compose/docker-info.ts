/** Which engine answers, and what its clock shows: one question. */
import type { DockerApi } from './docker-api.ts';

export interface EngineFacts {
  id: string | null;
  /** Its clock minus ours. */
  skewMs: number;
}

/** Throws Refusal `engine_unreachable`. */
export async function readEngineFacts(api: DockerApi): Promise<EngineFacts> {
  const askedMs = Date.now();
  const { status, headers, body } = await api.look('/info');
  const answeredMs = Date.now();
  const info =
    status === 200 ? (JSON.parse(body.toString()) as { ID?: string; SystemTime?: string }) : {};
  const engineMs = Date.parse(info.SystemTime ?? headers.date ?? '');
  const skewMs = Number.isNaN(engineMs) ? 0 : engineMs - (askedMs + answeredMs) / 2;
  return { id: info.ID || null, skewMs };
}
