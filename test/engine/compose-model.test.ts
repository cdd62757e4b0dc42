// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the variables are Compose's own.
/** Reading a stack's Compose model: through the real Docker Compose, through stand-ins for old and missing ones, and by ourselves. */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { after, before, describe, it } from 'mocha';
import { readComposeModel } from '../../src/engine/compose/compose-model.ts';
import { interpolate } from '../../src/engine/compose/compose-variables.ts';
import type { StackModel } from '../../src/story/draft/draft-stack.ts';
import { type TestDocker, testDocker } from '../docker/docker.ts';
import { refusal } from './docker-stack.ts';

const FIXTURES = join(import.meta.dirname, '..', 'fixtures', 'compose-files');
/** Docker Compose refuses it until a variable is set. */
const REFUSED = 'env-required';
const SHAPES = readdirSync(FIXTURES).filter((name) => name !== REFUSED);

const read = (
  cwd: string,
  env: NodeJS.ProcessEnv,
  more: { files?: string[]; profiles?: string[]; project?: string } = {},
) =>
  readComposeModel({
    cwd,
    env,
    files: more.files ?? [],
    profiles: more.profiles ?? [],
    project: more.project ?? null,
  });

describe('the Compose model', function () {
  this.timeout(60_000);
  let folder: string;
  /** A machine without any Docker. */
  let bare: NodeJS.ProcessEnv;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'gameday-model-'));
    mkdirSync(join(folder, 'empty-bin'));
    bare = { PATH: join(folder, 'empty-bin'), HOME: folder };
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const project = (name: string, files: Record<string, string>): string => {
    const home = join(folder, name);
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(home, path)), { recursive: true });
      writeFileSync(join(home, path), text);
    }
    return home;
  };

  /** A PATH on which these programs are all there is: name to a shell script's lines. */
  const machine = (name: string, programs: Record<string, string>): NodeJS.ProcessEnv => {
    const bin = project(
      name,
      Object.fromEntries(
        Object.entries(programs).map(([program, lines]) => [program, `#!/bin/sh\n${lines}\n`]),
      ),
    );
    for (const program of Object.keys(programs)) chmodSync(join(bin, program), 0o755);
    return { PATH: bin, HOME: folder };
  };

  describe('by Docker Compose', () => {
    let docker: TestDocker;
    /** All at once, since each of them mostly waits. */
    let theirs: Map<string, StackModel>;
    before(async function () {
      const found = await testDocker();
      if (!found) this.skip();
      docker = found;
      theirs = new Map(
        await Promise.all(
          SHAPES.map(
            async (shape) => [shape, await read(join(FIXTURES, shape), docker.env)] as const,
          ),
        ),
      );
    });

    for (const shape of SHAPES) {
      it(`is the same as read by ourselves: ${shape}`, async () => {
        const model = theirs.get(shape) as StackModel;
        expect(model.notes).to.deep.equal([]);
        expect({ ...(await read(join(FIXTURES, shape), bare)), notes: [] }).to.deep.equal(model);
        expect(model.services).not.to.have.length(0);
      });
    }

    it('is refused with the words of Docker Compose', async () => {
      const { message } = await refusal(
        read(join(FIXTURES, REFUSED), docker.env),
        'unsupported_stack',
        /GAMEDAY_FIXTURE_KEY.*put it into \.env/,
      );
      expect(message)
        .to.match(/^Docker Compose cannot read the stack: .*\.$/)
        .and.not.include('level=warning');
    });

    it('does not wait for an engine that never answers', async () => {
      const socket = join(folder, 'silent.sock');
      const server = createServer(() => {}).listen(socket);
      try {
        const { name } = await read(join(FIXTURES, 'three-tier'), {
          ...docker.env,
          DOCKER_HOST: `unix://${socket}`,
        });
        expect(name).to.equal('three-tier');
      } finally {
        server.close();
      }
    });

    it('is of the project, the files and the profiles that are asked for', async () => {
      const cwd = join(FIXTURES, 'profiles');
      const model = await read(cwd, docker.env, {
        project: 'other',
        profiles: ['mail'],
        files: [join(cwd, 'compose.yaml')],
      });
      expect(model.name).to.equal('other');
      expect(model.services.map(({ name }) => name)).to.deep.equal(['lb', 'mailpit', 'web']);
    });
  });

  describe('with other programs on the machine', () => {
    const web = 'services: {web: {image: "acme/web", ports: ["8080:80"]}}';

    it('comes from docker-compose where docker has no compose, and from v1, which prints YAML', async () => {
      const docker = 'echo "docker: unknown command: docker compose" >&2; exit 1';
      const v1 = `case "$*" in *--format*) echo "Usage: config [options]" >&2; exit 1;; esac; echo '${web}'`;
      const model = await read(folder, machine('v1', { docker, 'docker-compose': v1 }));
      expect(model.services.map(({ name, ports }) => [name, ports[0]?.port])).to.deep.equal([
        ['web', 8080],
      ]);
      expect(model.notes).to.deep.equal([]);
    });

    it('comes from the files where an older docker takes our words for its own', async () => {
      const docker = `echo "unknown shorthand flag: 'f' in -f" >&2; echo "See 'docker --help'." >&2; exit 125`;
      const model = await read(
        project('old', { 'compose.yaml': web }),
        machine('old-bin', { docker }),
      );
      expect(model.services.map(({ name }) => name)).to.deep.equal(['web']);
      expect(model.notes.join()).to.include('Docker Compose was not found');
    });

    it('is refused where Docker Compose refuses, without its warnings', async () => {
      const docker =
        'echo \'time="x" level=warning msg="obsolete"\' >&2; echo "services.web must be a mapping" >&2; exit 15';
      const { message } = await refusal(
        read(project('bad', { 'compose.yaml': web }), machine('bad-bin', { docker })),
        'unsupported_stack',
        /must be a mapping/,
      );
      expect(message).not.to.include('obsolete');
    });
  });

  describe('by ourselves', () => {
    it('says so', async () => {
      const { notes } = await read(join(FIXTURES, 'three-tier'), bare);
      expect(notes).to.have.length(1);
    });

    it('keeps no environment value and no command line', async () => {
      for (const shape of SHAPES)
        expect(JSON.stringify(await read(join(FIXTURES, shape), bare)), shape).not.to.match(
          /not-a-real|requirepass|POSTGRES_PASSWORD/,
        );
    });

    it('takes every profile where nothing runs without one', async () => {
      const { profiles, services } = await read(join(FIXTURES, 'profiles-only'), bare);
      expect(profiles).to.deep.equal(['backend', 'frontend']);
      expect(services.map(({ name }) => name)).to.deep.equal(['backend', 'frontend']);
    });

    it('sorts etcd2 before etcd10', async () => {
      const cwd = project('many', {
        'compose.yaml':
          'services: { etcd10: {image: etcd}, etcd2: {image: etcd}, etcd1: {image: etcd} }',
      });
      expect((await read(cwd, bare)).services.map(({ name }) => name)).to.deep.equal([
        'etcd1',
        'etcd2',
        'etcd10',
      ]);
    });

    const refusals: [string, Record<string, string>, RegExp][] = [
      ['no file', {}, /no Compose file/],
      [
        'a variable that is required',
        { 'compose.yaml': 'services: { a: { image: "x:${TAG:?say which}" } }' },
        /TAG is missing a value: say which/,
      ],
      [
        'a dollar that is none',
        { 'compose.yaml': 'services: { a: { image: "x:${TAG" } }' },
        /invalid interpolation format/,
      ],
      [
        'a name that none can have',
        { 'compose.yaml': 'services: { "a\\nb": { image: x } }' },
        /"a\\nb" cannot be the name/,
      ],
      ['no YAML', { 'compose.yaml': 'services: [' }, /compose\.yaml: /],
      ['tabs', { 'compose.yaml': 'services:\n\ta: {}' }, /compose\.yaml: /],
      [
        'a file that includes itself',
        { 'compose.yaml': 'include: [compose.yaml]\nservices: {}' },
        /circle/,
      ],
      [
        'services that extend each other',
        { 'compose.yaml': 'services: { a: { extends: b }, b: { extends: a } }' },
        /circle/,
      ],
      [
        'a service that extends nobody',
        { 'compose.yaml': 'services: { a: { extends: nobody } }' },
        /no service nobody/,
      ],
      [
        'an include that is missing',
        { 'compose.yaml': 'include: [gone.yaml]\nservices: {}' },
        /gone\.yaml: it cannot be read: ENOENT/,
      ],
      ['aliases without end', { 'compose.yaml': bomb() }, /compose\.yaml: .*alias/i],
    ];
    for (const [what, files, words] of refusals) {
      it(`refuses ${what}`, async () => {
        const cwd = project(`refused ${what}`, files);
        mkdirSync(cwd, { recursive: true });
        await refusal(read(cwd, bare), 'unsupported_stack', words);
      });
    }

    it('never throws anything but a refusal, whatever stands in a service', async () => {
      const home = project('any', {});
      mkdirSync(home, { recursive: true });
      const keys = fc.constantFrom(
        'image',
        'build',
        'ports',
        'deploy',
        'scale',
        'healthcheck',
        'depends_on',
        'links',
        'volumes',
        'labels',
        'command',
        'environment',
        'profiles',
        'extends',
        'network_mode',
      );
      const service = fc.dictionary(
        keys,
        fc.oneof(
          fc.jsonValue({ maxDepth: 3 }),
          fc.constantFrom('8080:80', '${A:-b}', ['1-3:4-6/udp'], {
            test: 'curl http://localhost:1/x',
          }),
        ),
      );
      await fc.assert(
        fc.asyncProperty(
          fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), service),
          async (services) => {
            writeFileSync(join(home, 'compose.yaml'), JSON.stringify({ services }));
            const model = await read(home, bare).catch(
              (error) => expect(error).to.include({ name: 'Refusal' }) && null,
            );
            for (const { ports } of model?.services ?? [])
              for (const { port, lastPort } of ports) expect(lastPort).to.be.within(port, 65_535);
          },
        ),
        { numRuns: 60 },
      );
    });
  });
});

describe('variables in a Compose file', () => {
  const set: Record<string, string> = { SET: 'value', EMPTY: '' };
  const look = (text: string) => interpolate(text, (name) => set[name]);
  const table: [string, string][] = [
    ['$SET and ${SET}', 'value and value'],
    ['$UNSET|${UNSET}|', '||'],
    ['${UNSET:-default} ${EMPTY:-default} ${EMPTY-default}', 'default default '],
    ['${SET:+other} ${EMPTY:+other} ${EMPTY+other} ${UNSET+other}', 'other  other '],
    ['${SET:?needed}', 'value'],
    ['${UNSET:-${EMPTY:-deep}}', 'deep'],
    ['${UNSET:-a}b}', 'ab}'],
    ['$$SET $$$SET 5$$', '$SET $value 5$'],
  ];
  for (const [text, wanted] of table)
    it(`${text} is ${wanted}`, () => expect(look(text)).to.equal(wanted));

  for (const text of [
    '${',
    '${SET',
    '${1}',
    '$',
    '$1',
    '${SET!x}',
    '${UNSET:?needed}',
    '${UNSET?}',
    '${EMPTY:?}',
  ]) {
    it(`${text} is refused`, () =>
      expect(() => look(text)).to.throw(/SET|EMPTY|invalid interpolation/));
  }

  it('leaves a text without dollars alone, and gives doubled dollars back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(look(text.replaceAll('$', '$$$$'))).to.equal(text);
      }),
    );
  });
});

/** Nine lists of nine of the one before. */
function bomb(): string {
  const lists = Array.from(
    { length: 9 },
    (_, at) => `x-${at + 1}: &l${at + 1} [${Array(9).fill(`*l${at}`).join(', ')}]`,
  );
  return `x-0: &l0 [lol]\n${lists.join('\n')}\nservices: { a: { image: x, command: *l9 } }\n`;
}
