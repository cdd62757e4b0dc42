/**
 * Where keys become commands, in this one place. Pure: what the presenter has typed so far, one more key, and what is so at
 * that moment give what is typed now and, if anything, what is to be done.
 */
import type { Keypress } from './keypress.ts';

export type Move = 'next' | 'back' | 'recover' | 'retry' | 'halt';

export type Act =
  /** `isSure`: the presenter has said yes to what it breaks. */
  | { act: Move; isSure: boolean }
  | { act: 'note'; text: string }
  | { act: 'diagnose' }
  | { act: 'quit' }
  /** Gives up the transition that is under way. */
  | { act: 'cancel' }
  /** Ctrl-C while nothing is under way. */
  | { act: 'interrupt' }
  | { act: 'suspend' }
  | { act: 'redraw' };

export type Mode =
  | { is: 'watch' }
  | { is: 'ask'; question: string; move: Move }
  | { is: 'note' | 'find'; text: string };

export interface Ui {
  mode: Mode;
  panel: 'keys' | 'notes' | 'diagnosis' | null;
  /** From 0: a chapter that is looked at while the run stands elsewhere. */
  looked: number | null;
  /** Which of the live faults the cursor is on, from 0. */
  fault: number;
  message: { text: string; isBad: boolean } | null;
}

export const START: Ui = {
  mode: { is: 'watch' },
  panel: null,
  looked: null,
  fault: 0,
  message: null,
};

export interface Facts {
  /** What is under way in this process, and why keys that move the run are ignored; null: nothing is. */
  busy: string | null;
  /** A countdown of this process is running. */
  counts: boolean;
  /** The run has moved less than `SETTLED_MS` ago. */
  justMoved: boolean;
  /** The key before came less than `HELD_MS` ago: this one is held down. */
  isHeld: boolean;
  chapters: readonly { id: string; title: string }[];
  /** From 0; -1: before the first one. */
  at: number;
  faults: number;
  audience: boolean;
  /** Nothing is asked. */
  yes: boolean;
}

/** A key that comes so soon after a move was meant for what stood there before. Longer than it takes until a held key repeats. */
export const SETTLED_MS = 700;
export const HELD_MS = 150;

const MOVES: Record<string, Move> = {
  space: 'next',
  return: 'next',
  enter: 'next',
  right: 'next',
  left: 'back',
  b: 'back',
  r: 'recover',
  t: 'retry',
};
const HALT_QUESTION =
  'Halt: recover everything at once, and let nothing more be injected? y: yes, any other key: no';
const PANELS: Record<string, NonNullable<Ui['panel']>> = {
  '?': 'keys',
  p: 'notes',
  d: 'diagnosis',
};

export const KEYS: readonly (readonly [key: string, does: string])[] = [
  ['SPACE, ENTER, →', 'enter the next chapter'],
  ['←, b', 'go back one chapter, recovering its faults'],
  ['r', 'recover everything, last in first out'],
  ['t', 'enter the chapter again'],
  ['h', 'halt: recover everything, let nothing be injected'],
  ['n', 'write a note'],
  ['p', "the presenter's notes of the chapter"],
  ['d', 'the diagnosis of the fault under the cursor (↑ ↓)'],
  ['/', 'find a chapter and look at it'],
  ['ESC', 'cancel a countdown; close what is open'],
  ['Ctrl-C', 'cancel what is under way, else leave'],
  ['Ctrl-Z', 'suspend; `fg` comes back'],
  ['q', 'leave, and say what is still live'],
];

interface Pressed {
  ui: Ui;
  act: Act | null;
}

export function press(ui: Ui, key: Keypress, facts: Facts): Pressed {
  if (key.ctrl) return control(ui, key, facts);
  switch (ui.mode.is) {
    case 'ask':
      return answer(ui, ui.mode, key, facts);
    case 'note':
    case 'find':
      return type(ui, { is: ui.mode.is, text: ui.mode.text }, key, facts);
    case 'watch':
      return key.isPasted ? { ui, act: null } : watch({ ...ui, message: null }, key, facts);
  }
}

function control(ui: Ui, { name }: Keypress, { busy }: Facts): Pressed {
  if (name === 'c') return { ui: idle(ui), act: { act: busy === null ? 'interrupt' : 'cancel' } };
  if (name === 'z') return { ui, act: { act: 'suspend' } };
  if (name === 'l') return { ui, act: { act: 'redraw' } };
  if (name === 'u' && 'text' in ui.mode)
    return { ui: { ...ui, mode: { ...ui.mode, text: '' } }, act: null };
  return { ui, act: null };
}

function watch(ui: Ui, { name }: Keypress, facts: Facts): Pressed {
  const panel = PANELS[name];
  if (name === 'q') return facts.busy === null ? { ui, act: { act: 'quit' } } : ignored(ui, facts);
  if (name === 'escape')
    return facts.counts
      ? { ui, act: { act: 'cancel' } }
      : { ui: { ...ui, panel: null, looked: null }, act: null };
  if (facts.audience) return { ui, act: null };
  if (panel) {
    const isOpen = ui.panel === panel;
    const act = panel === 'diagnosis' && !isOpen ? ({ act: 'diagnose' } as const) : null;
    return { ui: { ...ui, panel: isOpen ? null : panel }, act };
  }
  if (name === 'n') return { ui: { ...ui, mode: { is: 'note', text: '' } }, act: null };
  if (name === '/') return { ui: { ...ui, mode: { is: 'find', text: '' } }, act: null };
  if (name === 'up' || name === 'down') {
    const fault = Math.min(
      Math.max(0, facts.faults - 1),
      Math.max(0, ui.fault + (name === 'up' ? -1 : 1)),
    );
    return { ui: { ...ui, fault }, act: ui.panel === 'diagnosis' ? { act: 'diagnose' } : null };
  }
  // Whatever is under way: that is what it is for.
  if (name === 'h')
    return facts.yes
      ? { ui, act: { act: 'halt', isSure: true } }
      : { ui: { ...ui, mode: { is: 'ask', question: HALT_QUESTION, move: 'halt' } }, act: null };
  const move = Object.hasOwn(MOVES, name) ? MOVES[name] : undefined;
  if (!move) return { ui, act: null };
  if (facts.busy !== null || facts.justMoved || facts.isHeld) return ignored(ui, facts);
  return { ui: { ...ui, looked: null }, act: { act: move, isSure: false } };
}

function ignored(ui: Ui, { busy, counts }: Facts): Pressed {
  const text =
    busy === null
      ? 'The run has just moved: this key was ignored. Press it again.'
      : `${upperFirst(busy)}: this key was ignored. ${counts ? 'ESC or Ctrl-C' : 'Ctrl-C'} cancels.`;
  return { ui: { ...ui, message: { text, isBad: false } }, act: null };
}

function answer(
  ui: Ui,
  { move }: Extract<Mode, { is: 'ask' }>,
  key: Keypress,
  facts: Facts,
): Pressed {
  if (key.isPasted || (facts.busy !== null && move !== 'halt')) return { ui, act: null };
  if (key.name === 'y') return { ui: idle(ui), act: { act: move, isSure: true } };
  return { ui: { ...idle(ui), message: { text: 'Nothing was done.', isBad: false } }, act: null };
}

function type(
  ui: Ui,
  mode: { is: 'note' | 'find'; text: string },
  key: Keypress,
  facts: Facts,
): Pressed {
  const { text } = mode;
  if (key.name === 'escape') return { ui: { ...idle(ui), looked: null }, act: null };
  if ((key.name === 'return' || key.name === 'enter') && !key.isPasted) {
    const said = text.trim();
    return {
      ui: idle(ui),
      act: mode.is === 'note' && said !== '' ? { act: 'note', text: said } : null,
    };
  }
  if (mode.is === 'find' && (key.name === 'up' || key.name === 'down')) {
    const from = (ui.looked ?? facts.at) + (key.name === 'up' ? -1 : 1);
    return {
      ui: { ...ui, looked: findChapter(text, from, key.name === 'up' ? -1 : 1, facts) },
      act: null,
    };
  }
  const typed = key.name === 'backspace' ? dropLast(text) : text + key.text;
  const looked =
    mode.is === 'find' && typed !== '' ? findChapter(typed, Math.max(0, facts.at), 1, facts) : null;
  return { ui: { ...ui, mode: { is: mode.is, text: typed }, looked }, act: null };
}

/** The first chapter from there on, around the end of the story, that has the text in its title or id; null: none has. */
function findChapter(text: string, from: number, step: 1 | -1, { chapters }: Facts): number | null {
  const wanted = text.toLowerCase();
  const { length } = chapters;
  for (let n = 0; n < length; n++) {
    const index = (((from + n * step) % length) + length) % length;
    const { id, title } = chapters[index] as { id: string; title: string };
    if (title.toLowerCase().includes(wanted) || id.includes(wanted)) return index;
  }
  return null;
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function idle(ui: Ui): Ui {
  return { ...ui, mode: { is: 'watch' }, message: null };
}

function dropLast(text: string): string {
  const last = [...new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text)].at(-1);
  return last ? text.slice(0, last.index) : '';
}
