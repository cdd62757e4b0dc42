import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Ajv } from 'ajv';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { parse } from 'yaml';
import { renderSchema, SCHEMA_FILE } from '../../scripts/write-schema.ts';
import { OWN_CATALOGUE } from '../../src/app/catalogue.ts';
import { parseStory } from '../../src/story/file/parse.ts';

const STORIES = 'test/fixtures/stories';

const schema = JSON.parse(readFileSync(SCHEMA_FILE, 'utf8'));
const ajv = new Ajv({
  allErrors: true,
  strict: true,
  strictRequired: false,
  allowUnionTypes: true,
});
const validate = ajv.compile(schema);

/** As an editor sees the file: YAML 1.2 with merge keys, and no more. */
function validateText(text: string): boolean {
  return validate(parse(text.replace(/^\uFEFF/, ''), { merge: true }));
}

function files(folder: string): string[] {
  return readdirSync(folder).map((name) => join(folder, name));
}

describe('the published JSON Schema', function () {
  this.timeout(60_000);

  it('is what the parser checks with', () => {
    expect(readFileSync(SCHEMA_FILE, 'utf8'), 'stale: run `node scripts/write-schema.ts`').to.equal(
      renderSchema(),
    );
  });

  it('explains every key, so that editors can', () => {
    const silent: string[] = [];
    const look = (node: unknown, path: string) => {
      if (typeof node !== 'object' || node === null) return;
      const { properties = {} } = node as { properties?: Record<string, Record<string, unknown>> };
      for (const [key, value] of Object.entries(properties)) {
        const told = value.description ?? value.$ref ?? value.const;
        if (told === undefined) silent.push(`${path}.${key}`);
      }
      for (const [key, value] of Object.entries(node))
        if (key !== 'examples' && key !== 'default') look(value, `${path}.${key}`);
    };
    look(schema, '');
    expect(silent).to.deep.equal([]);
  });

  it('has examples and defaults that it takes itself', () => {
    const check = (node: unknown, path: string) => {
      if (typeof node !== 'object' || node === null) return;
      const { examples = [], ...rest } = node as { examples?: unknown[]; default?: unknown };
      const wanted = 'default' in rest ? [...examples, rest.default] : examples;
      if (wanted.length > 0) {
        const { $defs } = schema;
        const validateOne = new Ajv({ strict: false }).compile({ ...rest, $defs });
        for (const each of wanted)
          expect(
            validateOne(each),
            `${path}: ${JSON.stringify(each)} ${JSON.stringify(validateOne.errors)}`,
          ).to.equal(true);
      }
      for (const [key, value] of Object.entries(node))
        if (key !== 'examples' && key !== 'default') check(value, `${path}/${key}`);
    };
    check(schema, '');
  });

  describe('takes what the parser takes', () => {
    const examples = readdirSync('examples', { recursive: true, encoding: 'utf8' }).filter(
      (name) => basename(name) === 'gameday.yaml',
    );
    for (const file of [
      ...files(join(STORIES, 'valid')),
      ...examples.map((name) => join('examples', name)),
    ]) {
      it(file, () => {
        const text = readFileSync(file, 'utf8');
        expect(
          parseStory(text, { path: file, folder: '/x', catalogue: OWN_CATALOGUE }),
        ).to.have.property('story');
        expect(validateText(text), JSON.stringify(validate.errors, null, 2)).to.equal(true);
      });
    }
  });

  describe('refuses what the parser refuses', () => {
    for (const file of files(join(STORIES, 'structural'))) {
      it(file, () => {
        const text = readFileSync(file, 'utf8');
        expect(
          parseStory(text, { path: file, folder: '/x', catalogue: OWN_CATALOGUE }),
        ).to.have.property('problems');
        expect(validateText(text)).to.equal(false);
      });
    }
  });

  describe('leaves to the parser what no schema can tell', () => {
    for (const file of files(join(STORIES, 'semantic'))) {
      it(file, () => {
        const text = readFileSync(file, 'utf8');
        expect(
          parseStory(text, { path: file, folder: '/x', catalogue: OWN_CATALOGUE }),
        ).to.have.property('problems');
        expect(validateText(text), JSON.stringify(validate.errors, null, 2)).to.equal(true);
      });
    }
  });
});
