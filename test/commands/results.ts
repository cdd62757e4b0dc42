/** Holds what a real command printed with `--json` against the published schema of it. */
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';

const text = readFileSync(new URL('../../gameday.results.schema.json', import.meta.url), 'utf8');
const schema = JSON.parse(text) as { $id: string; $defs: Record<string, unknown> };
const ajv = new Ajv({ strict: false, validateFormats: false });
ajv.addSchema(schema);

/** `args`: as they were typed, topic and verb first. Throws where a key is missing, unknown, or of another type. */
export function checkResult(args: readonly string[], value: unknown): void {
  const isError = Object.keys(value as object).join() === 'error';
  const name = isError ? 'error' : args.slice(0, 2).join('_').replaceAll(':', '_');
  if (!(name in schema.$defs)) throw new Error(`${name} has no schema of its result`);
  const validate = ajv.getSchema(`${schema.$id}#/$defs/${name}`);
  if (validate?.(value)) return;
  throw new Error(
    `${args.join(' ')}: ${ajv.errorsText(validate?.errors)}\n${JSON.stringify(value)}`,
  );
}
