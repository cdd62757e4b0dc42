/**
 * What the screen writes, as a recording in the format of asciinema (version 2): a header, then a line of JSON for each piece of
 * output and each change of size, with the seconds since the beginning. Whole lines only, so that one that was cut off plays too.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { Refusal } from '../../terms/outcomes.ts';
import type { Size } from '../../view/screen/model.ts';
import type { Recording } from '../../view/screen/terminal.ts';

/** Throws Refusal `file_exists`, or `usage` where it cannot be written. */
export function openCast(path: string, { columns, rows }: Size): Recording & { close(): void } {
  let fd: number;
  try {
    fd = openSync(path, 'wx', 0o600);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST')
      throw new Refusal(
        'file_exists',
        `${path} is there already, and no recording is overwritten.`,
        'Give --record another name.',
      );
    throw new Refusal('usage', `${path} cannot be written: ${message}`, 'chapter play --record');
  }
  const begun = performance.now();
  let isBroken = false;
  // A full disk ends the recording, and not the game day.
  const write = (line: unknown) => {
    if (isBroken) return;
    try {
      writeSync(fd, `${JSON.stringify(line)}\n`);
    } catch {
      isBroken = true;
    }
  };
  const at = () => Math.round(performance.now() - begun) / 1000;
  write({
    version: 2,
    width: columns,
    height: rows,
    timestamp: Math.floor(Date.now() / 1000),
    env: { TERM: process.env.TERM ?? '' },
  });
  return {
    wrote: (text) => write([at(), 'o', text]),
    resized: (size) => write([at(), 'r', `${size.columns}x${size.rows}`]),
    close: () => closeSync(fd),
  };
}
