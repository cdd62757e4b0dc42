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
}

export function keypressOf(text: string | undefined, key: RawKey, isPasted: boolean): Keypress {
  const types = !key.ctrl && !key.meta && text !== undefined && /^[^\p{Cc}]+$/u.test(text);
  return {
    name: key.name ?? (types ? text.toLowerCase() : ''),
    text: types ? text : '',
    ctrl: Boolean(key.ctrl),
    isPasted,
  };
}
