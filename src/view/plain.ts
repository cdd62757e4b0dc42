/**
 * The view for logs, pipes and CI: one line an event, no colour, no cursor. Ticks come many times a second, so that
 * one is printed only when it says something new, and one that differs in its figures alone about once a second.
 */
import type { RunnerEvent } from '../run/progress.ts';
import { printable, printableLines } from './printable.ts';
import type { Screen } from './screen.ts';
import type { View } from './view.ts';

/** A second, less what timers are late. */
const TICK_EVERY_MS = 800;

interface Step {
  text: string;
  /** Ticks seen so far, without their figures. */
  shapes: Set<string>;
  printedAtMs: number;
}

/** `nowMs`: any clock that never jumps. */
export function openPlain(screen: Pick<Screen, 'write'>, nowMs: () => number): View {
  const open = new Map<string, Step>();
  let closed = false;
  const say = (line: string) => screen.write(`${line.trimEnd()}\n`);

  function begin(id: string, text: string): void {
    open.set(id, { text, shapes: new Set([shapeOf(text)]), printedAtMs: nowMs() });
    say(`• ${text}`);
  }

  function tick(id: string, text: string): void {
    const step = open.get(id);
    if (!step) {
      begin(id, text);
      return;
    }
    if (text === step.text) return;
    const shape = shapeOf(text);
    if (step.shapes.has(shape) && nowMs() - step.printedAtMs < TICK_EVERY_MS) return;
    step.text = text;
    step.shapes.add(shape);
    step.printedAtMs = nowMs();
    say(`• ${text}`);
  }

  function end(id: string, mark: string, text: string): void {
    open.delete(id);
    say(`${mark} ${text}`);
  }

  function show(event: RunnerEvent): void {
    switch (event.type) {
      case 'recorded':
      case 'steps':
        break;
      case 'heading':
        say(`[${event.index + 1}/${event.of}] ${printable(event.title)}`);
        for (const line of printableLines(event.narration)) if (line !== '') say(`  ${line}`);
        break;
      case 'step.begin':
        begin(event.step, printable(event.text));
        break;
      case 'step.tick':
        tick(event.step, printable(event.text));
        break;
      case 'step.done':
        end(event.step, '✔', printable(event.text));
        break;
      case 'step.failed':
        end(event.step, '✖', printable(event.text));
        break;
      case 'step.skipped':
        end(event.step, '↓', `${printable(event.text)} (skipped)`);
        break;
      case 'lines':
        for (const line of event.lines.map(printable)) if (line.trim() !== '') say(`  ${line}`);
    }
  }

  return {
    show: (event) => {
      if (closed) return;
      try {
        show(event);
      } catch {
        // What cannot be shown is not shown; the stage must never hear of it.
      }
    },
    close: async (error) => {
      if (!closed)
        for (const [id, { text }] of open)
          end(id, error ? '✖' : '↓', `${text} (${error ? printable(error.message) : 'not ended'})`);
      closed = true;
    },
  };
}

function shapeOf(text: string): string {
  return text.replace(/\d+/g, '#');
}
