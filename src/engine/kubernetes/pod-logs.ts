/** What a pod has said, as plain lines. */
import { lastLines } from '../../system/text-lines.ts';
import type { Pod } from './kube-answers.ts';
import type { KubeApi } from './kube-api.ts';

/** Of its first container; none where it has not begun yet, or has just gone. Throws as the API does. */
export async function readLog(
  api: KubeApi,
  { metadata, spec }: Pod,
  lines: number,
  since: string | undefined,
): Promise<string[]> {
  const query = logQuery(spec.containers[0]?.name ?? '', lines, since);
  const path = `/api/v1/namespaces/${api.cluster.namespace}/pods/${metadata.name}/log?${query}`;
  const { status, body } = await api.look(path);
  if (status === 404 || status === 400) return [];
  if (status !== 200) return ['(the cluster cannot read its log)'];
  return linesOf(String(body), since, lines);
}

/** The query for the log of a container. Pure. The API takes whole seconds: what is too much of that, `linesOf` leaves out. */
export function logQuery(container: string, lines: number, since: string | undefined): string {
  const from: Record<string, string> =
    since === undefined
      ? { tailLines: String(lines) }
      : { sinceTime: new Date(Math.floor(Date.parse(since) / 1000) * 1000).toISOString() };
  return new URLSearchParams({ container, timestamps: 'true', ...from }).toString();
}

/** Pure. `text`: each line begins with its time. The last ones after `since`. */
export function linesOf(text: string, since: string | undefined, lines: number): string[] {
  const afterMs = since === undefined ? Number.NEGATIVE_INFINITY : Date.parse(since);
  const said = text.split('\n').flatMap((line) => {
    const end = line.indexOf(' ');
    return Date.parse(line.slice(0, end)) > afterMs ? [line.slice(end + 1)] : [];
  });
  return lastLines(said.join('\n'), lines);
}
