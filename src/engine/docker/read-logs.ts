/** The output of a container, as its engine has kept it. */
import type { InspectedContainer } from './docker-answers.ts';
import { type DockerApi, wordsOf } from './docker-api.ts';
import { linesOf, unixTime } from './docker-logs.ts';

/** The last lines; `since`: an ISO time by the engine's clock. Throws as a look does. */
export async function readLogs(
  api: DockerApi,
  { Id, Config }: InspectedContainer,
  lines: number,
  since?: string,
): Promise<string[]> {
  const after = since === undefined ? '' : `&since=${unixTime(since)}`;
  const path = `/containers/${Id}/logs?stdout=1&stderr=1&tail=${lines}${after}`;
  const { status, body } = await api.look(path);
  if (status === 404) return [];
  if (status !== 200) return [`(the engine cannot read its log: ${wordsOf(body)})`];
  return linesOf(body, Config.Tty === true, lines);
}
