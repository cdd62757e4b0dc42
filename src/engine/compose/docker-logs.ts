/** What the engine hands out as a container's log, as plain lines. Pure. Lacks on purpose: which stream a line came from. */
import { lastLines } from '../../system/text-lines.ts';

const HEADER_BYTES = 8;

/**
 * A container without a terminal has its output in frames: one byte for the stream, three that are zero, four for the length,
 * then as many bytes. One with a terminal has it raw. A frame that is cut short counts as far as it goes.
 */
export function linesOf(body: Buffer, isRaw: boolean, lines: number): string[] {
  return lastLines((isRaw ? body : unframed(body)).toString('utf8'), lines);
}

/** An ISO time with up to nine decimals and any offset, as the engine takes a moment: seconds since 1970 with as many decimals. */
export function unixTime(iso: string): string {
  const decimals = /\.(\d{1,9})/.exec(iso)?.[1] ?? '';
  const seconds = Math.floor(Date.parse(iso.replace(/\.\d+/, '')) / 1000);
  return decimals === '' ? String(seconds) : `${seconds}.${decimals.padEnd(9, '0')}`;
}

function unframed(body: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at + HEADER_BYTES <= body.length; ) {
    const begin = at + HEADER_BYTES;
    at = begin + body.readUInt32BE(at + 4);
    parts.push(body.subarray(begin, at));
  }
  return Buffer.concat(parts);
}
