/** Holds a report against its published schema. */
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';

const schema = JSON.parse(
  readFileSync(new URL('../../gameday.report.schema.json', import.meta.url), 'utf8'),
);
const ajv = new Ajv({ strict: false, validateFormats: false });
const validate = ajv.compile(schema);

/** Throws where a key is missing, unknown, or of another type. */
export function checkReport(value: unknown): void {
  if (!validate(value)) throw new Error(ajv.errorsText(validate.errors));
}
