/** The lowest lines: what is live and who is at work, or a message; then the keys, a question, or what is being typed. Pure. */
import { label } from '../../fault/instance.ts';
import { isUnderWay } from '../../run/run.ts';
import { printable } from '../printable.ts';
import { displayWidth } from '../wrap.ts';
import { BLANK, type Line, line } from './line.ts';
import type { ScreenModel } from './model.ts';

const HINTS = [
  'SPACE next',
  'b back',
  'r recover',
  't retry',
  'h halt',
  'n note',
  '? keys',
  'q quit',
];
/** A message gets no more lines than this. */
const MOST_LINES = 4;

export function bottom(model: ScreenModel, columns: number): Line[] {
  const { ui, audience, wrap } = model;
  const told = ui.message
    ? wrap(printable(ui.message.text), columns)
        .slice(0, MOST_LINES)
        .map((each) => line(each, ui.message?.isBad ? 'bad' : 'strong'))
    : [status(model)];
  return audience ? told : [...told, ...typed(model, columns)];
}

function status({ picture, busy, pid }: ScreenModel): Line {
  const { run, faults, holder, watchdog } = picture;
  if (!run || !isUnderWay(run)) return BLANK;
  const live = faults.map(
    ({ id, kind, targets }) => `${id}: ${kind} ${printable(targets.map(label).join(', '))}`,
  );
  const isOther = holder !== null && holder.pid !== pid && busy === null;
  const who = isOther
    ? `  \`${printable(holder.command)}\` (pid ${holder.pid}) is at work`
    : busy !== null
      ? `  ${busy}`
      : '';
  const guard = watchdog && watchdog.state !== 'running' ? `  watchdog ${watchdog.state}` : '';
  return [
    live.length > 0
      ? { text: `LIVE ${live.join(', ')}`, style: 'alarm' }
      : { text: 'no fault is live', style: 'faint' },
    { text: guard, style: 'alarm' },
    { text: who, style: 'strong' },
  ];
}

function typed({ ui, wrap }: ScreenModel, columns: number): Line[] {
  const { mode } = ui;
  switch (mode.is) {
    case 'ask':
      return wrap(printable(mode.question), columns)
        .slice(0, MOST_LINES)
        .map((each) => line(each, 'alarm'));
    case 'note':
      return [line(field('Note (ENTER writes it, ESC does not): ', mode.text, columns), 'strong')];
    case 'find':
      return [line(field('Find a chapter (↑ ↓, ENTER, ESC): ', mode.text, columns), 'strong')];
    case 'watch':
      return [line(hints(columns), 'faint')];
  }
}

/** Its end, where it is longer than the line. */
function field(prompt: string, text: string, columns: number): string {
  const room = Math.max(4, columns - displayWidth(prompt) - 1);
  let shown = printable(text.trimEnd()) + text.slice(text.trimEnd().length);
  if (displayWidth(shown) > room) {
    const parts = [...shown];
    while (displayWidth(`…${parts.join('')}`) > room) parts.shift();
    shown = `…${parts.join('')}`;
  }
  return `${prompt}${shown}▏`;
}

/** As many as have room, and always how to see the others and how to leave. */
function hints(columns: number): string {
  const shown = [...HINTS];
  while (shown.length > 2 && displayWidth(shown.join('   ')) > columns)
    shown.splice(shown.length - 3, 1);
  return shown.join('   ');
}
