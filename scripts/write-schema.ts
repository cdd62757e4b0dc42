/** Writes gameday.schema.json, the published JSON Schema of the story file, from the schema that the parser itself checks with. */
import { writeFileSync } from 'node:fs';
import { toJsonSchema } from '@valibot/to-json-schema';
import { OWN_CATALOGUE } from '../src/app/catalogue.ts';
import { chapterSchema, EXTENSION_KEY, storySchema } from '../src/story/file/schema.ts';
import { actionSchema } from '../src/story/file/schema-actions.ts';

export const SCHEMA_FILE = 'gameday.schema.json';
const ID = 'https://unpkg.com/oclif-plugin-gameday/gameday.schema.json';

/** The file's text. */
export function renderSchema(): string {
  const action = actionSchema(OWN_CATALOGUE.kinds);
  const chapter = chapterSchema(action);
  const { $schema, ...schema } = toJsonSchema(storySchema(OWN_CATALOGUE, chapter), {
    typeMode: 'input',
    definitions: { chapter, action },
    overrideAction: ({ valibotAction, jsonSchema }) => {
      const { type } = valibotAction;
      // What is only code cannot be said in a JSON Schema: the parser alone knows it.
      if (type === 'check') return jsonSchema;
      if (type === 'raw_check')
        return 'keys' in valibotAction
          ? withOneOf(jsonSchema, valibotAction.keys as string[])
          : jsonSchema;
      // JSON Schema patterns are Unicode patterns without a flag.
      if (type === 'regex')
        return {
          ...jsonSchema,
          pattern: (valibotAction as unknown as { requirement: RegExp }).requirement.source,
        };
      return undefined;
    },
  });
  return `${JSON.stringify({ $schema, $id: ID, ...schema, patternProperties: { [EXTENSION_KEY.source]: {} } }, null, 2)}\n`;
}

type JsonSchema = ReturnType<typeof toJsonSchema>;

/** Exactly one of the keys: where there are no others, as a count, which editors explain better. */
function withOneOf(schema: JsonSchema, keys: readonly string[]): JsonSchema {
  if (Object.keys(schema.properties ?? {}).length === keys.length)
    return { ...schema, minProperties: 1, maxProperties: 1 };
  return { ...schema, oneOf: keys.map((key) => ({ required: [key] })) };
}

if (import.meta.main) writeFileSync(SCHEMA_FILE, renderSchema());
