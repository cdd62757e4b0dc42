/**
 * Writes gameday.results.schema.json: a JSON Schema of what each command prints with `--json`, under `$defs` by its id; and
 * gameday.report.schema.json, of a report as `story report --format json` has it; and gameday.events.schema.json, of a line of
 * `--events`.
 */
import { writeFileSync } from 'node:fs';
import { type ConversionConfig, toJsonSchema } from '@valibot/to-json-schema';
import { RESULTS } from './results/commands.ts';
import { eventLineSchema, occasionSchema } from './results/events.ts';
import { reportSchema } from './results/report.ts';
import * as shapes from './results/shapes.ts';

export const RESULTS_FILE = 'gameday.results.schema.json';
export const REPORT_FILE = 'gameday.report.schema.json';
export const EVENTS_FILE = 'gameday.events.schema.json';
const AT = 'https://unpkg.com/oclif-plugin-gameday/';
const { fault, impact, plan, chapter, error } = shapes;
/** What stands once and is pointed at. */
const SHARED = { fault, impact, plan, chapter, error_object: error };

const overrideAction: NonNullable<ConversionConfig['overrideAction']> = ({
  valibotAction,
  jsonSchema,
}) =>
  valibotAction.type === 'regex'
    ? {
        ...jsonSchema,
        pattern: (valibotAction as unknown as { requirement: RegExp }).requirement.source,
      }
    : undefined;

/** The file's text. */
export function renderReport(): string {
  const schema = {
    ...toJsonSchema(reportSchema, { overrideAction }),
    $id: AT + REPORT_FILE,
    title: 'A report of a run of gameday',
    description: 'What `story report --format json` writes. Null is what is not known.',
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

function withoutDialect(schema: Parameters<typeof toJsonSchema>[0]) {
  const { $schema: _, ...rest } = toJsonSchema(schema, { overrideAction });
  return rest;
}

/** The file's text. */
export function renderEvents(): string {
  const schema = {
    ...toJsonSchema(eventLineSchema, { overrideAction, typeMode: 'input' }),
    $defs: { occasion: withoutDialect(occasionSchema) },
    $id: AT + EVENTS_FILE,
    title: 'A line of --events of gameday',
    description:
      'What a command that changes a run writes, a line each, while it happens. `event` is one of the journal, and may get further keys.',
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

/** The file's text. */
export function renderResults(): string {
  const defs: Record<string, unknown> = {};
  for (const [id, schema] of Object.entries(RESULTS)) {
    const {
      $schema: _,
      $defs,
      ...rest
    } = toJsonSchema(schema, { definitions: SHARED, overrideAction });
    Object.assign(defs, $defs, { [id.replaceAll(' ', '_')]: rest });
  }
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: AT + RESULTS_FILE,
    title: 'What the commands of gameday print with --json',
    description:
      'One object on stdout: of the definition that has the name of the command (`chapter_next`), or of `error`.',
    $defs: Object.fromEntries(Object.entries(defs).toSorted(([a], [b]) => (a < b ? -1 : 1))),
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

if (import.meta.main) {
  writeFileSync(RESULTS_FILE, renderResults());
  writeFileSync(REPORT_FILE, renderReport());
  writeFileSync(EVENTS_FILE, renderEvents());
}
