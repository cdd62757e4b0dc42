/** The sign that a halt is in force: it stands below the header, whatever else is shown, until the halt is taken back. Pure. */
import { printable } from '../printable.ts';
import { type Line, line } from './line.ts';
import type { ScreenModel } from './model.ts';

/** The way to resume comes first, since a long reason is cut. */
const MOST_LINES = 2;

/** No lines where nothing is halted. */
export function halted(model: ScreenModel, columns: number): Line[] {
  return model
    .wrap(haltSign(model), columns)
    .filter((each) => each !== '')
    .slice(0, MOST_LINES)
    .map((each) => line(each, 'alarm'));
}

/** As one line; empty where nothing is halted. */
export function haltSign({
  picture: { halt },
  audience,
  spell,
}: Pick<ScreenModel, 'picture' | 'audience' | 'spell'>): string {
  if (!halt) return '';
  const since = `${new Date(halt.since).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  // What people wrote is for those who play.
  const reason = halt.reason && !audience ? `: ${halt.reason}` : '';
  const how = spell('nothing is injected until `fault resume`.');
  return printable(`HALTED: ${how} By ${halt.by} since ${since}${reason}`);
}
