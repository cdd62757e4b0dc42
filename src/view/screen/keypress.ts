/** A key as the screen understands it, from what node's readline tells of it. Pure. */

export interface Keypress {
  /** `space`, `return`, `left`, `escape`, `n`, `?`; letters are lower case. */
  name: string;
  /** What it types; empty for keys that type nothing. */
  text: string;
  ctrl: boolean;
  /** Part of a text that was pasted: never a command. */
  isPasted: boolean;
}

/** As the event `keypress` has it. */
export interface RawKey {
  name?: string | undefined;
  ctrl?: boolean;
  meta?: boolean;
  /** What came over the line. */
  sequence?: string;
}

export function keypressOf(text: string | undefined, key: RawKey, isPasted: boolean): Keypress {
  const control = controlAfterEscape(key);
  if (control !== null) return { name: control, text: '', ctrl: true, isPasted };
  const types = !key.ctrl && !key.meta && text !== undefined && /^[^\p{Cc}]+$/u.test(text);
  return {
    name: key.name ?? (types ? text.toLowerCase() : ''),
    text: types ? text : '',
    ctrl: Boolean(key.ctrl),
    isPasted,
  };
}

/** ESC and a control key that come at once, over a slow line or in a hurry: readline knows no name for them. */
function controlAfterEscape({ name, sequence = '' }: RawKey): string | null {
  const code = sequence.charCodeAt(1);
  const isOne =
    name === undefined && sequence.length === 2 && sequence[0] === '\u001b' && code <= 26;
  return isOne ? String.fromCharCode(code + 0x60) : null;
}
