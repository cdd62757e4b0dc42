/** What a pod has said, as plain lines. Pure. */
import { lastLines } from '../../system/text-lines.ts';

/** The query for the log of a container. The API takes whole seconds: what is too much of that, `linesOf` leaves out. */
export function logQuery(container: string, lines: number, since: string | undefined): string {
  const from: Record<string, string> =
    since === undefined
      ? { tailLines: String(lines) }
      : { sinceTime: new Date(Math.floor(Date.parse(since) / 1000) * 1000).toISOString() };
  return new URLSearchParams({ container, timestamps: 'true', ...from }).toString();
}

/** `text`: each line begins with its time. The last ones after `since`. */
export function linesOf(text: string, since: string | undefined, lines: number): string[] {
  const afterMs = since === undefined ? Number.NEGATIVE_INFINITY : Date.parse(since);
  const said = text.split('\n').flatMap((line) => {
    const end = line.indexOf(' ');
    return Date.parse(line.slice(0, end)) > afterMs ? [line.slice(end + 1)] : [];
  });
  return lastLines(said.join('\n'), lines);
}
