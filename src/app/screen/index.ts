/** The screen in this process's terminal, with what it needs of the command. */

import type { Picture } from '../../run/picture.ts';
import { spellCommands } from '../../view/errors.ts';
import { TerminalScreen } from '../../view/screen/index.ts';
import { PlainScreen } from '../../view/screen/plain.ts';
import { loadWrap } from '../../view/wrap.ts';
import type { Context } from '../context.ts';
import { playOnScreen } from './play.ts';

export interface ScreenOptions {
  yes: boolean;
  plain: boolean;
  audience: boolean;
  colour: boolean;
  bin: string;
  separator: string;
}

/** Throws as `playOnScreen` does. */
export async function playInTerminal(context: Context, options: ScreenOptions): Promise<Picture> {
  const { stdin, stdout } = process;
  const { yes, plain, audience, colour, bin, separator } = options;
  const wrap = await loadWrap();
  const surface = plain
    ? new PlainScreen(stdin, stdout)
    : new TerminalScreen(stdin, stdout, colour);
  const spell = (text: string) => spellCommands(text, bin, separator);
  return playOnScreen(context, surface, { yes, audience, wrap, spell });
}
