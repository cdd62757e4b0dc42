/**
 * Several commands that are due at the same moment, and go over the same connection, leave in one write. They are the same
 * bytes in the same order, and each still has its own intended start and its own answer; only system calls are spared.
 */
import type { Writable } from 'node:stream';

/** To be called before each write. What is written until this turn of the event loop is over is sent together. */
export function holdForThisTurn(stream: Writable | undefined): void {
  if (!stream || stream.writableCorked > 0) return;
  stream.cork();
  process.nextTick(release, stream);
}

function release(stream: Writable): void {
  stream.uncork();
}
