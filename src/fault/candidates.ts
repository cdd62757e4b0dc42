/**
 * Which instances a selector speaks of, before anything says no: by a service, `service-number`, a container's whole name or
 * its id; by labels; by what a program of the story printed. Never by a piece of a name. Pure.
 */
import { Refusal } from '../terms/outcomes.ts';
import { type InstanceRow, label } from './instance.ts';
import { borneLabel, meantLabel } from './labels.ts';
import { meantName } from './meant-name.ts';
import type { Selector } from './selectors.ts';

/** As an engine shows ids in short: the least of one that is taken for it. */
const SHORT_ID = 12;

/** What a program of the story said of which instance is meant. */
export interface Printed {
  /** The services of the cluster whose leader was asked for; null: it is the pick command. */
  leader_of: readonly string[] | null;
  text: string;
}

/** `printed`: null where the pick asks no program. Throws Refusal `no_target`, which says what there is. */
export function candidates(
  rows: readonly InstanceRow[],
  selector: Pick<Selector, 'service' | 'labels'>,
  printed: readonly Printed[] | null,
): InstanceRow[] {
  const named = namesOf(selector.service).flatMap((name) => rowsNamed(rows, name));
  const scope = rows.filter((row) => selector.service === null || named.includes(row));
  const bearing = bearingAll(scope, selector.labels);
  return printed === null ? bearing : printed.map((each) => rowPrinted(bearing, each));
}

/** As a list. */
export function namesOf(service: Selector['service']): readonly string[] {
  if (service === null) return [];
  return typeof service === 'string' ? [service] : service;
}

/** A service comes before an instance of that name. Throws Refusal `no_target`. */
export function rowsNamed(rows: readonly InstanceRow[], name: string): InstanceRow[] {
  const whole = rows.filter((row) => row.service === name);
  if (whole.length > 0) return whole;
  const one = rows.filter((row) => label(row) === name);
  if (one.length > 0) return one;
  const own = rows.filter((row) => isCalled(row, name));
  if (own.length === 1) return own;
  const { why, next } = meantName(name, rows);
  throw new Refusal('no_target', why, next);
}

/** By the engine: its whole name, or its id. */
export function isCalled({ id, name }: InstanceRow, word: string): boolean {
  return name === word || id === word || (word.length >= SHORT_ID && id.startsWith(word));
}

function bearingAll(rows: InstanceRow[], labels: readonly string[]): InstanceRow[] {
  const found = rows.filter((row) => labels.every((each) => borneLabel(row, each) !== null));
  if (found.length > 0 || labels.length === 0) return found;
  const missing = labels.find((each) => rows.every((row) => borneLabel(row, each) === null));
  if (missing === undefined)
    throw new Refusal(
      'no_target',
      `No instance bears all of ${labels.join(', ')}.`,
      'Ask for fewer labels, or name a service.',
    );
  const near = meantLabel(missing, rows);
  throw new Refusal(
    'no_target',
    `No instance bears the label ${missing}; there are ${rows.map(label).join(', ')}.`,
    near ? `Did you mean \`${near}\`?` : 'Name a service.',
  );
}

function rowPrinted(scope: readonly InstanceRow[], { leader_of, text }: Printed): InstanceRow {
  const rows = scope.filter((row) => leader_of === null || leader_of.includes(row.service));
  const word = text.trim().split(/\s+/).at(-1) ?? '';
  const found = rows.filter(
    (row) => isCalled(row, word) || label(row) === word || row.service === word,
  );
  if (found.length === 1) return found[0] as InstanceRow;
  const said = word
    ? `"${word}", which is ${found.length ? 'more than one instance' : 'no instance of the stack'}`
    : 'nothing';
  const names = rows.map(label).join(', ');
  const cluster = leader_of?.join(', ');
  if (cluster !== undefined)
    throw new Refusal(
      'no_target',
      word && found.length === 0
        ? `The leader of ${cluster} is ${word}, which is none of ${names}.`
        : `The program that says who leads ${cluster} printed ${said}; there are ${names}.`,
      'Run the program of `leader:` in the story by hand, or name the instance in the place of the service.',
    );
  throw new Refusal(
    'no_target',
    `The pick command printed ${said}; there are ${names}.`,
    'It must print one service, service-number, container name or id.',
  );
}
