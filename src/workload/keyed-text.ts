/** Texts that name another key each time: `{{key}}` becomes a number from 0 to 9999. Pure but for the draw handed in. */

const KEY_SPACE = 10_000;
const KEY = '{{key}}';

/** `draw`: uniform from 0 to below 1. All places in one text get the same key. */
export function keyedText(text: string, draw: () => number): () => string {
  if (!text.includes(KEY)) return () => text;
  return () => text.replaceAll(KEY, String(Math.floor(draw() * KEY_SPACE)));
}

/** The same for the arguments of one command. */
export function keyedTexts(texts: readonly string[], draw: () => number): () => readonly string[] {
  if (!texts.some((text) => text.includes(KEY))) return () => texts;
  return () => {
    const key = String(Math.floor(draw() * KEY_SPACE));
    return texts.map((text) => text.replaceAll(KEY, key));
  };
}

/** Mulberry32: small, repeatable, random enough to spread keys. `seed`: an unsigned 32-bit integer. */
export function drawFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
