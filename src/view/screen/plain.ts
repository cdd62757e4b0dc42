/**
 * The same screen line by line, for a screen reader: what is new is written once, and nothing is taken back. The keys are the
 * same.
 */
import type { ReadStream, WriteStream } from 'node:tty';
import { printable, printableLines } from '../printable.ts';
import { openScreen, type Screen } from '../screen.ts';
import { entriesOf } from './events.ts';
import { haltSign } from './halted.ts';
import { hypotheses } from './hypothesis.ts';
import { textOf } from './line.ts';
import { type ScreenModel, standing } from './model.ts';
import { chapterText, MARKS } from './narration.ts';
import { KEYS_ONLY, Terminal, type TerminalEvents } from './terminal.ts';
import { KEYS, type Mode } from './ui.ts';

const PROMPTS = { note: 'Note, then ENTER: ', find: 'Find a chapter: ' };

export class PlainScreen {
  readonly #terminal: Terminal;
  readonly #screen: Screen;
  /** Part -> what was written of it last. */
  readonly #told = new Map<string, string>();
  #mode: Mode = { is: 'watch' };

  constructor(input: ReadStream, output: WriteStream) {
    this.#terminal = new Terminal(input, output, { colour: false, modes: KEYS_ONLY });
    this.#screen = openScreen(output);
  }

  open(events: TerminalEvents): void {
    this.#terminal.open(events);
    this.#write(['SPACE enters the next chapter, ? tells the other keys, q leaves.']);
  }

  show(model: ScreenModel): void {
    this.#tellInput(model.ui.mode);
    this.#tellHalt(model);
    this.#tellChapter(model);
    this.#tellSteps(model);
    this.#tellEvents(model);
    this.#tellPanel(model);
    const { mode, message } = model.ui;
    this.#tell('message', message?.text ?? '');
    this.#tell('question', mode.is === 'ask' ? mode.question : '');
  }

  suspend(): void {
    this.#terminal.suspend();
  }

  redraw(): void {
    this.#told.clear();
  }

  close(): void {
    this.#terminal.close();
  }

  /** Of what is typed, what came to it. */
  #tellInput(mode: Mode): void {
    const before = 'text' in this.#mode ? this.#mode : null;
    const now = 'text' in mode ? mode : null;
    this.#mode = mode;
    if (before?.is === now?.is && before && now) {
      const isLonger = now.text.startsWith(before.text);
      const rest = isLonger
        ? now.text.slice(before.text.length)
        : `\r\n${PROMPTS[now.is]}${now.text}`;
      if (now.text !== before.text) this.#screen.write(isLonger ? printableTyped(rest) : rest);
      return;
    }
    if (before) this.#write(['']);
    if (now) this.#screen.write(PROMPTS[now.is]);
  }

  #tellHalt(model: ScreenModel): void {
    const isLifted = model.picture.halt === null && this.#told.get('halt');
    this.#tell('halt', haltSign(model));
    if (isLifted) this.#write(['The halt is lifted: faults may be injected again.']);
  }

  #tellChapter(model: ScreenModel): void {
    const { at } = standing(model);
    const run = at < 0 ? '' : model.picture.run?.id;
    const key = `${run} ${model.ui.looked ?? at} ${at}`;
    this.#tell('chapter', key, chapterText(model, this.#screen.columns).map(textOf));
    // Figures change all the time: what is told is how each item stands.
    const items = model.picture.hypotheses.flatMap(({ items }) => items.map(({ state }) => state));
    const lines = hypotheses(model, this.#screen.columns).map(textOf);
    this.#tell('hypothesis', `${key} ${items.join(' ')}`, lines);
  }

  #tellSteps({ steps }: ScreenModel): void {
    const of = `${steps.chapter}`;
    for (const { key, phase, text, counts, lines } of steps.steps) {
      if (phase === 'planned' || counts) continue;
      this.#tell(`${of} ${key}`, phase, [`${MARKS[phase]} ${text}`]);
      this.#tell(
        `${of} ${key} lines`,
        `${lines.length}`,
        lines.map((each) => `  ${each}`),
      );
    }
    const { countdown } = steps;
    const seconds = countdown ? Math.ceil(countdown.left_ms / 1000) : 0;
    this.#tell('countdown', countdown ? `${seconds}, ESC cancels` : '');
  }

  /** What this process does is told by its steps, and nobody else writes to the journal meanwhile. */
  #tellEvents({ picture, oursUntilMs, audience }: ScreenModel): void {
    const of = `${picture.run?.id} event`;
    const isFirst = !this.#told.has(of);
    this.#told.set(of, '');
    for (const { id, at, text } of entriesOf(picture, audience)) {
      const isOurs = Date.parse(at) <= oursUntilMs && !id.startsWith('note');
      if (isFirst || isOurs) this.#told.set(`${of} ${id}`, id);
      else this.#tell(`${of} ${id}`, id, [printable(text)]);
    }
  }

  #tellPanel(model: ScreenModel): void {
    const { ui, story, diagnosis } = model;
    const notes = story?.chapters[ui.looked ?? standing(model).at]?.notes.trim();
    const lines = {
      keys: KEYS.map(([key, does]) => `${key}: ${does}`),
      notes: notes ? printableLines(notes) : ['This chapter has no notes.'],
      diagnosis: diagnosis.map(printable),
    };
    const shown = ui.panel === null ? [] : lines[ui.panel];
    this.#tell('panel', shown.join('\n'), shown);
  }

  /** Once for each `key`; an empty one says nothing. */
  #tell(part: string, key: string, lines: readonly string[] = [printable(key)]): void {
    const known = this.#told.get(part) ?? '';
    this.#told.set(part, key);
    if (key !== known && key !== '') this.#write(lines);
  }

  #write(lines: readonly string[]): void {
    if (lines.length > 0) this.#screen.write(`${lines.join('\r\n')}\r\n`);
  }
}

/** Blanks at its end stay. */
function printableTyped(text: string): string {
  return [...text].map((each) => (each === ' ' ? each : printable(each))).join('');
}
