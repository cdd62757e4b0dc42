/**
 * Mappings and lists of the story's schema: mappings know their keys and name every other one, and help for editors
 * goes where the JSON Schema keeps it. Thin layers over valibot's own schemas, which convert as these do.
 */
import * as v from 'valibot';
import { didYouMean, expected, say } from './schema-messages.ts';

const UNKNOWN_KEY = 'unknown key';

export type Schema = v.GenericSchema<unknown, unknown>;

/**
 * The same schema with help for editors. valibot's own `description` after a transformation is lost on the way to the
 * JSON Schema, which shows what is written and not what becomes of it; so it goes in front of the first one.
 */
export function about<const Described extends Schema>(
  schema: Described,
  description: string,
  examples: readonly unknown[] = [],
): Described {
  const flat = flatten(schema);
  const end = flat.findIndex(
    (item, index) => index > 0 && (item.kind === 'schema' || item.kind === 'transformation'),
  );
  const help = [
    v.description(description),
    ...(examples.length > 0 ? [v.examples([...examples])] : []),
  ];
  return { ...schema, pipe: flat.toSpliced(end === -1 ? flat.length : end, 0, ...help) };
}

type Item = { kind: string; pipe?: readonly Item[] };

function flatten(item: Item): Item[] {
  return item.pipe ? item.pipe.flatMap(flatten) : [item];
}

/** A mapping with these keys and no others. Unlike valibot's own, it takes no list for a mapping and names every unknown key. */
export function mapping<const Entries extends v.ObjectEntries>(
  entries: Entries,
  what = Object.keys(entries).join(', '),
) {
  const keys = Object.keys(entries);
  const wrongType = expected(`a mapping (${what})`);
  // An issue about a missing key carries the key in quotes as what was expected.
  const message = (issue: v.BaseIssue<unknown>) =>
    issue.expected?.startsWith('"')
      ? say(`${issue.expected} is missing`, `A mapping (${what}) needs it.`)
      : wrongType(issue);
  const strict = v.strictObject(entries, message);
  const loose = v.looseObject(entries, message);
  const run: (typeof strict)['~run'] = (dataset, config) => {
    const { value } = dataset;
    if (!isMapping(value)) return wrong(strict, dataset, config);
    const result = loose['~run'](dataset, config);
    for (const key of Object.keys(value).filter((each) => !keys.includes(each))) {
      wrong(strict, dataset, config, {
        path: [keyOf(value, key)],
        message: say(`${UNKNOWN_KEY} "${shorten(key)}"`, didYouMean(key, keys)),
      });
    }
    return result as never;
  };
  return { ...strict, '~run': run } as typeof strict;
}

/** Names of the user's own choice -> values of one sort. */
export function table<
  const Key extends v.BaseSchema<string, string, v.BaseIssue<unknown>>,
  const Value extends Schema,
>(key: Key, value: Value, what: string) {
  const record = v.record(key, value, expected(`a mapping (${what})`));
  const run: (typeof record)['~run'] = (dataset, config) =>
    isMapping(dataset.value) ? record['~run'](dataset, config) : wrong(record, dataset, config);
  return { ...record, '~run': run } as typeof record;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Adds an issue of this schema, as valibot's own schemas do. */
function wrong(
  schema: Schema,
  dataset: v.UnknownDataset,
  config: v.Config<v.BaseIssue<unknown>>,
  other?: { path: v.ObjectPathItem[]; message: string },
): never {
  v._addIssue(schema as never, 'type', dataset as never, config as never, other as never);
  return dataset as never;
}

/** The place of a key itself, in an issue. */
function keyOf(input: Record<string, unknown>, key: string): v.ObjectPathItem {
  return { type: 'object', origin: 'key', input, key, value: input[key] } as v.ObjectPathItem;
}

function shorten(key: string): string {
  return key.length > 40 ? `${key.slice(0, 40)}…` : key;
}

export function list<const Item extends Schema>(item: Item, what: string) {
  return v.array(
    item,
    expected(`a list of ${what}`, (value) =>
      typeof value === 'string' ? `Write [${value}].` : null,
    ),
  );
}

/** One text, or a list of them that is not empty. `single`: what one of them is called. */
export function oneOrMore(
  item: () => v.GenericSchema<unknown, string>,
  what: string,
  single: string,
) {
  const several = v.pipe(
    v.array(item()),
    v.minLength(1, () => say(`expected one ${single} at least`)),
  );
  return v.union([item(), several], expected(what));
}

/** Exactly one of these keys must be there; in the JSON Schema as well. */
export function exactlyOne<Value>(
  keys: readonly string[],
  tooMany: string,
  none: string | null = null,
) {
  const check = v.rawCheck<Value>(({ dataset, addIssue }) => {
    const value: unknown = dataset.value;
    if (!isMapping(value)) return;
    const found = Object.keys(value).filter((key) => keys.includes(key));
    const [, second] = found;
    if (second !== undefined) {
      const names = found.map((key) => `"${key}"`).join(' and ');
      addIssue({
        message: say(`${names} cannot stand together`, tooMany),
        path: [keyOf(value, second)],
      });
    }
    // An unknown key of this mapping is told of already, and is most likely the one that is missing.
    const slip = dataset.issues?.some(
      (issue) => issue.path?.length === 1 && issue.message.startsWith(UNKNOWN_KEY),
    );
    if (found.length === 0 && !slip)
      addIssue({ message: say(`needs one of ${keys.join(', ')}`, none) });
  });
  return Object.assign(check, { keys });
}

/** Keys that say one thing in two ways: `{ mix: ['command'] }`. */
export function notBeside<Value>(rules: Record<string, readonly string[]>, hint: string) {
  return v.rawCheck<Value>(({ dataset, addIssue }) => {
    const value: unknown = dataset.value;
    if (!isMapping(value)) return;
    for (const [key, others] of Object.entries(rules)) {
      const other = key in value ? others.find((each) => each in value) : undefined;
      if (other !== undefined)
        addIssue({
          message: say(`"${other}" and "${key}" cannot stand together`, hint),
          path: [keyOf(value, other)],
        });
    }
  });
}

/** Keys that mean something only beside certain others: `{ expect_status: ['http'] }`. */
export function onlyWith<Value>(rules: Record<string, readonly string[]>) {
  return v.rawCheck<Value>(({ dataset, addIssue }) => {
    const value: unknown = dataset.value;
    if (!isMapping(value)) return;
    for (const [key, others] of Object.entries(rules)) {
      if (!(key in value) || others.some((other) => other in value)) continue;
      addIssue({
        message: say(`"${key}" means nothing here`, `It belongs to ${others.join(' and ')}.`),
        path: [keyOf(value, key)],
      });
    }
  });
}
