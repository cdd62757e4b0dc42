/** The panel of the stack: every instance with its state, health, the faults on it and whether it leads, and the live faults. Pure. */
import { label } from '../../fault/instance.ts';
import type { ClusterLeader } from '../../run/known-leaders.ts';
import type { Picture, PictureInstance } from '../../run/picture.ts';
import type { Fault } from '../../run/run.ts';
import { formatDuration } from '../../terms/duration.ts';
import { printable } from '../printable.ts';
import { displayWidth, padTo, type Wrap } from '../wrap.ts';
import { type Line, line, type Style } from './line.ts';

/** Why nobody can be said to lead gets no more lines than this. */
const MOST_LINES = 2;

export interface StackShown {
  columns: number;
  rows: number;
  /** Which of the live faults it is on, from 0; null: there is none. */
  cursor: number | null;
  nowMs: number;
  wrap: Wrap;
}

/** At most `rows` lines. */
export function stack(
  { instances, faults, leaders }: Pick<Picture, 'instances' | 'faults' | 'leaders'>,
  shown: StackShown,
): Line[] {
  const { rows, cursor, nowMs } = shown;
  const leading = new Set(leaders.flatMap(({ leader }) => leader ?? []));
  const live = [
    ...leaders.flatMap((each) => (each.leader === null ? leaderless(each, shown) : [])),
    ...faults.map((fault, index) => faultLine(fault, index === cursor, nowMs)),
  ];
  // Faults are what the screen is about: they get at least a third.
  const forFaults = Math.min(
    live.length,
    Math.max(Math.floor(rows / 3), rows - (instances?.length ?? 1)),
  );
  const newest = live.length > forFaults ? live.slice(-Math.max(1, forFaults)) : live;
  return [...instanceLines(instances, leading, rows - newest.length), ...newest];
}

/** What the story's program said, or what is wrong with it; which cluster is meant stands in it. */
function leaderless({ of, why }: ClusterLeader, { columns, wrap }: StackShown): Line[] {
  const words = `? ${printable(why ?? `nobody says who leads ${of.join(', ')}`)}`;
  return wrap(words, columns)
    .slice(0, MOST_LINES)
    .map((each) => line(each, 'bad'));
}

function instanceLines(
  instances: Picture['instances'],
  leading: ReadonlySet<string>,
  rows: number,
): Line[] {
  const lineOf = (each: PictureInstance) => instanceLine(each, width, leading.has(each.instance));
  if (instances === null) return [line('Nobody has looked at it yet.', 'faint')];
  if (instances.length === 0) return [line('No instance is there.', 'bad')];
  const width = Math.max(...instances.map(({ instance }) => displayWidth(printable(instance))));
  if (instances.length <= rows) return instances.map(lineOf);
  // Where not all have room, what is not well comes first, and then who leads.
  const rank = (each: PictureInstance) => (isWell(each) ? (leading.has(each.instance) ? 1 : 2) : 0);
  const ordered = instances.toSorted((a, b) => rank(a) - rank(b));
  const shown = ordered.slice(0, Math.max(0, rows - 1));
  const rest = ordered.slice(shown.length);
  const well = rest.filter(isWell).length;
  const words = well === rest.length ? 'all running' : `${well} of them running`;
  return [...shown.map(lineOf), line(`… and ${rest.length} more, ${words}`, 'faint')];
}

function isWell({ state, health, faults }: PictureInstance): boolean {
  return state === 'running' && health !== 'unhealthy' && faults.length === 0;
}

function instanceLine(each: PictureInstance, width: number, leads: boolean): Line {
  const { instance, state, health, faults, fresh } = each;
  const style: Style =
    state !== 'running' || health === 'unhealthy'
      ? 'bad'
      : health === 'starting'
        ? 'plain'
        : 'good';
  const mark = style === 'bad' ? '✖' : style === 'good' ? '●' : '◌';
  const words = health === 'none' ? state : `${state}, ${health}`;
  return [
    { text: `${mark} `, style },
    { text: `${padTo(printable(instance), width)}  `, style: 'plain' },
    { text: printable(words), style },
    { text: leads ? '  leads' : '', style: 'strong' },
    { text: faults.length > 0 ? `  ${faults.join(' ')}` : '', style: 'alarm' },
    { text: fresh ? '' : '  (last seen)', style: 'faint' },
  ];
}

function faultLine(fault: Fault, hasCursor: boolean, nowMs: number): Line {
  const { id, kind, phase, targets, injecting_at, deadline } = fault;
  const leftMs = deadline === null ? null : Date.parse(deadline) - nowMs;
  const limit = leftMs === null || leftMs < 0 ? '' : `, ends in ${seconds(leftMs)}`;
  const since = `for ${seconds(Math.max(0, nowMs - Date.parse(injecting_at)))}`;
  const state = phase === 'injected' ? '' : ` ${phase}`;
  return [
    { text: hasCursor ? '› ' : '  ', style: 'strong' },
    { text: `${id} ${kind} ${printable(targets.map(label).join(', '))}`, style: 'alarm' },
    { text: `${state} ${since}${limit}`, style: 'plain' },
  ];
}

/** Whole seconds, so that a second changes a line once. */
export function seconds(ms: number): string {
  return formatDuration(Math.round(ms / 1000) * 1000).replace('0ms', '0s');
}
