/** Colours, or none: whether they are wanted is decided once, by whoever opens the view. */
import { styleText } from 'node:util';

export type Paint = (style: Parameters<typeof styleText>[0], text: string) => string;

export function paintWith(colour: boolean): Paint {
  return colour
    ? (style, text) => styleText(style, text, { validateStream: false })
    : (_style, text) => text;
}
