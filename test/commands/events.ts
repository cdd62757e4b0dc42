/** Lines of `--events` and what webhooks and hooks are told, each held against the published schema. */
import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';

const schema = JSON.parse(
  readFileSync(new URL('../../gameday.events.schema.json', import.meta.url), 'utf8'),
);
const ajv = new Ajv({ strict: false, validateFormats: false }).addSchema(schema);
const isLine = ajv.getSchema(schema.$id) as ValidateFunction;
const isOccasion = ajv.getSchema(`${schema.$id}#/$defs/occasion`) as ValidateFunction;

/** Throws for a line that is no JSON, or not as the schema says. */
export function eventLines(text: string): any[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => checked(isLine, JSON.parse(line)));
}

export function readEventLines(path: string): any[] {
  return eventLines(readFileSync(path, 'utf8'));
}

/** Hands it back; throws where it is not as the schema says. */
export function checkOccasion(value: unknown): any {
  return checked(isOccasion, value);
}

function checked(isGood: ValidateFunction, value: unknown): unknown {
  if (isGood(value)) return value;
  throw new Error(`${JSON.stringify(isGood.errors)}\n${JSON.stringify(value)}`);
}
