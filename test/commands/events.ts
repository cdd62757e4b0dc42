/** Lines of `--events`, each held against the published schema. */
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';

const schema = JSON.parse(
  readFileSync(new URL('../../gameday.events.schema.json', import.meta.url), 'utf8'),
);
const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);

/** Throws for a line that is no JSON, or not as the schema says. */
export function eventLines(text: string): any[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const value = JSON.parse(line);
      if (!validate(value)) throw new Error(`${JSON.stringify(validate.errors)}\n${line}`);
      return value;
    });
}

export function readEventLines(path: string): any[] {
  return eventLines(readFileSync(path, 'utf8'));
}
