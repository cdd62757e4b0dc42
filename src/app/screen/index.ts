/** The screen in this process's terminal, with what it needs of the command. */

import { resolve } from 'node:path';
import type { Picture } from '../../run/picture.ts';
import { drawPanel } from '../../view/screen/draw.ts';
import { type Draw, TerminalScreen } from '../../view/screen/index.ts';
import { PlainScreen } from '../../view/screen/plain.ts';
import { openScreen } from '../../view/screen.ts';
import { type Host, spellCommands, spellNext } from '../../view/spelling.ts';
import { loadWrap } from '../../view/wrap.ts';
import type { Context } from '../context.ts';
import { openCast } from './cast.ts';
import { playOnScreen } from './play.ts';
import type { PlayOptions } from './surface.ts';

interface TerminalOptions {
  colour: boolean;
  host: Host;
}

export interface ScreenOptions extends TerminalOptions {
  yes: boolean;
  plain: boolean;
  audience: boolean;
  /** Address of the audience's page; null: none is served. */
  page: string | null;
  /** A file for what is drawn, as it is drawn. */
  record?: string | undefined;
}

/** Throws as `playOnScreen` does. */
export async function playInTerminal(context: Context, options: ScreenOptions): Promise<Picture> {
  const { stdin, stdout } = process;
  const { yes, plain, audience, colour, record, page } = options;
  const { columns, rows } = openScreen(stdout);
  const recording = record ? openCast(resolve(context.cwd, record), { columns, rows }) : null;
  const surface = plain
    ? new PlainScreen(stdin, stdout)
    : new TerminalScreen(stdin, stdout, { colour, recording });
  try {
    const wish = { yes, audience, page };
    return await playOnScreen(context, surface, { ...wish, ...(await wording(options)) });
  } finally {
    recording?.close();
  }
}

/** One panel until somebody leaves, or until `isOver`. Throws as `playOnScreen` does. */
export async function watchInTerminal(
  context: Context,
  which: 'stack' | 'workload',
  options: TerminalOptions & { isOver?: (picture: Picture) => boolean },
): Promise<Picture> {
  const { stdin, stdout } = process;
  const { colour } = options;
  const draw: Draw = (model, size) => drawPanel(which, model, size);
  const surface = new TerminalScreen(stdin, stdout, { colour, draw });
  const { isOver } = options;
  const wish = { yes: false, audience: true, page: null, ...(isOver && { isOver }) };
  return playOnScreen(context, surface, { ...wish, ...(await wording(options)) });
}

async function wording({
  host,
}: TerminalOptions): Promise<Pick<PlayOptions, 'wrap' | 'spell' | 'spellNext'>> {
  return {
    wrap: await loadWrap(),
    spell: (text) => spellCommands(text, host),
    spellNext: (next) => spellNext(next, host),
  };
}
