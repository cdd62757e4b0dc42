/**
 * Where a view writes: stderr, with its moods kept away from whoever tells the view what to show. A reader that goes
 * away (`2>&1 | head -1`) or a terminal that is closed makes the screen deaf, and nothing else.
 * Lacks on purpose: any idea of what is written.
 */

/** Narrower than this the terminal may break the lines as it likes. */
const LEAST_COLUMNS = 20;

/** As much of a stream as listr2 and its drawing libraries ask for. */
export interface Screen {
  readonly isTTY: boolean;
  readonly columns: number;
  readonly rows: number;
  write(text: string): boolean;
}

/** Streams by whether somebody still listens: a stream is watched once, however many views are opened on it. */
const watched = new WeakMap<NodeJS.WriteStream, { gone: boolean }>();

/** Takes hold of the stream's `write` as it is now: listr2 replaces it while it draws. */
export function openScreen(stream: NodeJS.WriteStream): Screen {
  const state = watch(stream);
  const write = stream.write.bind(stream) as (text: string) => boolean;
  return {
    isTTY: Boolean(stream.isTTY),
    get columns() {
      return Math.max(LEAST_COLUMNS, stream.columns || 80);
    },
    get rows() {
      return stream.rows || 24;
    },
    write(text) {
      if (state.gone || stream.destroyed || stream.writableEnded) return true;
      try {
        return write(text);
      } catch {
        state.gone = true;
        return true;
      }
    },
  };
}

function watch(stream: NodeJS.WriteStream): { gone: boolean } {
  const known = watched.get(stream);
  if (known) return known;
  const state = { gone: false };
  watched.set(stream, state);
  // The listener stays: an error can come after the last write, and nobody else may be listening by then.
  stream.on('error', () => {
    state.gone = true;
  });
  return state;
}
