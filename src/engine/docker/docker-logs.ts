/** What the engine hands out of a container's output, as plain lines or as text. Pure. */
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

/** All that a container without a terminal has written, by its stream. */
export function streamsOf(body: Buffer): { stdout: string; stderr: string } {
  const textOf = (stream: number) =>
    Buffer.concat(framesOf(body).flatMap((frame) => (frame.stream === stream ? frame.bytes : [])));
  return { stdout: textOf(1).toString('utf8'), stderr: textOf(2).toString('utf8') };
}

function unframed(body: Buffer): Buffer {
  return Buffer.concat(framesOf(body).map(({ bytes }) => bytes));
}

function framesOf(body: Buffer): { stream: number; bytes: Buffer }[] {
  const frames: { stream: number; bytes: Buffer }[] = [];
  for (let at = 0; at + HEADER_BYTES <= body.length; ) {
    const begin = at + HEADER_BYTES;
    const stream = body.readUInt8(at);
    at = begin + body.readUInt32BE(at + 4);
    frames.push({ stream, bytes: body.subarray(begin, at) });
  }
  return frames;
}
