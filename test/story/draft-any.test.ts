/** Drafts of stacks that nobody would write down: whatever the names, roles and ports are, the parser takes the story. */
import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { parse } from 'yaml';
import { draftCompose } from '../../src/story/draft/draft.ts';
import type { StackModel, StackService } from '../../src/story/draft/draft-stack.ts';
import { flow, plain } from '../../src/story/draft/draft-yaml.ts';
import { FRAME, GUESS, injectOf } from './drafting.ts';
import { storyOf } from './parsing.ts';

const NAME = fc.oneof(
  fc.stringMatching(/^[a-zA-Z0-9._-]{1,12}$/),
  fc.constantFrom(
    'web',
    'db',
    'init',
    'seed-data',
    'no',
    '1',
    'true',
    'etcd-1',
    'etcd-2',
    'a'.repeat(70),
    '-x',
    '.y',
    '__proto__',
    'constructor',
  ),
);

const PORT = fc.record({
  host: fc.constantFrom('127.0.0.1', '[::1]', '10.0.0.7'),
  port: fc.integer({ min: 1, max: 65_000 }),
  lastPort: fc.integer({ min: 65_000, max: 65_535 }),
  target: fc.constantFrom(80, 443, 8080, 5432, 6379, 9229, 1),
  protocol: fc.constantFrom('tcp' as const, 'udp' as const),
});

const SERVICE: fc.Arbitrary<StackService> = fc.record({
  name: NAME,
  image: fc.constantFrom(
    null,
    'redis',
    'postgres:16',
    'nginx',
    'acme/app',
    'prom/prometheus',
    'minio/mc',
    'quay.io/coreos/etcd:v3',
  ),
  origin: fc.constantFrom('a', 'b'),
  replicas: fc.integer({ min: 0, max: 4 }),
  ports: fc.array(PORT, { maxLength: 3 }),
  health: fc.option(
    fc.record({
      url: fc.option(
        fc.record({
          protocol: fc.constantFrom('http:' as const, 'https:' as const),
          port: fc.constantFrom(80, 8080),
          path: fc.constantFrom('/', '/a%20b', "/it's,{x}"),
        }),
      ),
      intervalMs: fc.integer({ min: 1, max: 600_000 }),
      retries: fc.nat(9),
      startPeriodMs: fc.nat(600_000),
    }),
  ),
  hostNetwork: fc.boolean(),
  networkOf: fc.option(fc.constantFrom('web', 'db')),
  restart: fc.constantFrom('no', 'always'),
  dependsOn: fc.dictionary(
    fc.constantFrom('web', 'db'),
    fc.constantFrom('service_started', 'service_healthy'),
  ),
  volumes: fc.boolean(),
  password: fc.boolean(),
  route: fc.option(
    fc.record({ host: fc.constant('shop.localhost'), path: fc.option(fc.constant('/api')) }),
  ),
  jobMode: fc.boolean(),
});

const STACK: fc.Arbitrary<StackModel> = fc.record({
  name: fc.constant('shop'),
  services: fc.uniqueArray(SERVICE, { selector: ({ name }) => name, maxLength: 7 }),
  profiles: fc.constant([]),
  notes: fc.constant([]),
});

describe('a drafted story of any stack', () => {
  it('is valid for any stack, or refused', () => {
    fc.assert(
      fc.property(STACK, (model) => {
        try {
          const { text, service } = draftCompose({ model, files: [], project: null }, GUESS, FRAME);
          const story = storyOf(text);
          expect(injectOf(story).service).to.equal(service);
          expect(story.protect).not.to.include(service);
        } catch (error) {
          expect(error).to.include({ name: 'Refusal', code: 'unsupported_stack' });
          expect(
            model.services.filter(
              (each) =>
                each.replicas > 0 &&
                !each.jobMode &&
                !/init|seed|migrate/.test(each.name) &&
                each.image !== 'minio/mc',
            ),
          ).to.have.length(0);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('a scalar of a drafted story', () => {
  it('is read back as the text it was, in a line and within brackets', () => {
    const words = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom(
        'on',
        'No',
        '1.5',
        '0x1f',
        '1e3',
        '~',
        'a: b',
        'a #b',
        '-',
        '--x',
        '*a',
        '&a',
        '!t',
        '{a',
        "it's",
        '12:30',
        '.5',
        '2024-01-01',
        '<<',
        '=',
      ),
    );
    fc.assert(
      fc.property(fc.array(words, { minLength: 1 }), (texts) => {
        for (const version of ['1.1', '1.2'] as const) {
          expect(parse(`a: ${plain(texts[0] as string)}\n`, { version })).to.deep.equal({
            a: texts[0],
          });
          expect(parse(`a: { b: ${flow(texts)} }\n`, { version })).to.deep.equal({
            a: { b: texts },
          });
        }
      }),
    );
  });
});
