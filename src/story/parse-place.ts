/** Where something stands in a story file: as a path of keys, and as line and column. */

export type Path = readonly (string | number)[];

export interface Place {
  /** Both from 1. */
  line: number;
  column: number;
}

/** Something wrong at a path; where that is in the file, `parse.ts` looks up. */
export interface Finding {
  path: Path;
  /** Whether the key itself is meant, or its value. */
  at: 'key' | 'value';
  message: string;
  hint: string | null;
}

/** `chapters[2].on_enter[0].inject.kind`; a key that is no plain word stands in brackets and quotes. */
export function pathText(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[A-Za-z_][\w-]*$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${JSON.stringify(step.length > 40 ? `${step.slice(0, 40)}…` : step)}]`;
  }
  return text;
}
