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

const LONGEST_STEP = 40;

/** `chapters[2].on_enter[0].inject.kind`; a key that is no plain word stands in brackets and quotes. */
export function pathText(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (step.length > LONGEST_STEP || !/^[A-Za-z_][\w-]*$/.test(step))
      text += `[${JSON.stringify(shorten(step))}]`;
    else text += text === '' ? step : `.${step}`;
  }
  return text;
}

function shorten(step: string): string {
  return step.length > LONGEST_STEP ? `${step.slice(0, LONGEST_STEP)}…` : step;
}
