/** The screen in this process's terminal, with what it needs of the command. */

import type { Picture } from '../../run/picture.ts';
import { spellCommands, spellNext } from '../../view/errors.ts';
import { drawPanel } from '../../view/screen/draw.ts';
import { TerminalScreen } from '../../view/screen/index.ts';
import { PlainScreen } from '../../view/screen/plain.ts';
import { loadWrap } from '../../view/wrap.ts';
import type { Context } from '../context.ts';
import { playOnScreen } from './play.ts';
import type { PlayOptions } from './surface.ts';

interface TerminalOptions {
  colour: boolean;
  bin: string;
  separator: string;
}

export interface ScreenOptions extends TerminalOptions {
  yes: boolean;
  plain: boolean;
  audience: boolean;
}

/** Throws as `playOnScreen` does. */
export async function playInTerminal(context: Context, options: ScreenOptions): Promise<Picture> {
  const { stdin, stdout } = process;
  const { yes, plain, audience, colour } = options;
  const surface = plain
    ? new PlainScreen(stdin, stdout)
    : new TerminalScreen(stdin, stdout, colour);
  return playOnScreen(context, surface, { yes, audience, ...(await wording(options)) });
}

/** One panel until somebody leaves, or until `isOver`. Throws as `playOnScreen` does. */
export async function watchInTerminal(
  context: Context,
  which: 'stack' | 'workload',
  options: TerminalOptions & { isOver?: (picture: Picture) => boolean },
): Promise<Picture> {
  const { stdin, stdout } = process;
  const surface = new TerminalScreen(stdin, stdout, options.colour, (model, size) =>
    drawPanel(which, model, size),
  );
  const { isOver } = options;
  const wish = { yes: false, audience: true, ...(isOver && { isOver }) };
  return playOnScreen(context, surface, { ...wish, ...(await wording(options)) });
}

async function wording({
  bin,
  separator,
}: TerminalOptions): Promise<Pick<PlayOptions, 'wrap' | 'spell' | 'spellNext'>> {
  return {
    wrap: await loadWrap(),
    spell: (text) => spellCommands(text, bin, separator),
    spellNext: (next) => spellNext(next, bin, separator),
  };
}
