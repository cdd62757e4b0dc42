// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the variables are Compose's own.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { afterEach, before, beforeEach, describe, it } from 'mocha';
import { openComposeEngine } from '../../src/engine/compose/compose.ts';
import { findComposeFiles, normalised } from '../../src/engine/compose/compose-name.ts';
import { Refusal } from '../../src/terms/outcomes.ts';
import { type TestDocker, testDocker } from '../docker/docker.ts';
import { rejection } from './contract.ts';

const SERVICES = 'services: { web: { image: busybox } }\n';

describe('which Compose files and project are meant', function () {
  this.timeout(120_000);
  let folder: string;

  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'gameday-project-')));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function write(files: Record<string, string>): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
  }

  describe('the files', () => {
    const found = (cwd = '.', named: string[] = [], env: NodeJS.ProcessEnv = {}) =>
      findComposeFiles(join(folder, cwd), named, env)?.files.map((file) =>
        file.slice(folder.length + 1),
      );

    it('are those with the default names, here or above, with an override beside them', () => {
      write({
        'docker-compose.yml': '',
        'docker-compose.override.yml': '',
        'a/b/compose.yml': '',
        'a/b/docker-compose.yaml': '',
        'a/b/c/x': '',
      });
      expect(found()).to.deep.equal(['docker-compose.yml', 'docker-compose.override.yml']);
      expect(found('a')).to.deep.equal(found());
      expect(found('a/b/c')).to.deep.equal(['a/b/compose.yml']);
    });

    it('are those that are named, or that COMPOSE_FILE lists, from the environment or from .env', () => {
      write({
        'one.yaml': '',
        'two.yaml': '',
        'compose.yaml': '',
        'in/.env': 'COMPOSE_FILE=../one.yaml|../two.yaml\nCOMPOSE_PATH_SEPARATOR=|\n',
      });
      expect(found('.', ['two.yaml', join(folder, 'one.yaml')])).to.deep.equal([
        'two.yaml',
        'one.yaml',
      ]);
      expect(found('.', [], { COMPOSE_FILE: 'one.yaml:two.yaml' })).to.deep.equal([
        'one.yaml',
        'two.yaml',
      ]);
      expect(found('.', ['one.yaml'], { COMPOSE_FILE: 'two.yaml' })).to.deep.equal(['one.yaml']);
      expect(found('in')).to.deep.equal(['one.yaml', 'two.yaml']);
      expect(found('in', [], { COMPOSE_DISABLE_ENV_FILE: '1' })).to.deep.equal(['compose.yaml']);
    });

    it('must exist when they are named', () => {
      expect(() => found('.', ['none.yaml']))
        .to.throw(Refusal, `no Compose file ${folder}/none.yaml.`)
        .with.property('code', 'unsupported_stack');
      expect(() => found('.', [], { COMPOSE_FILE: 'none.yaml' })).to.throw(
        Refusal,
        /COMPOSE_FILE names it/,
      );
      expect(() => found('.', ['.'])).to.throw(Refusal);
    });
  });

  describe('the name', () => {
    it('has only what Compose lets into one', () => {
      fc.assert(
        fc.property(fc.string({ unit: 'grapheme' }), (text) => {
          const name = normalised(text);
          if (name === null) expect(text.toLowerCase()).not.to.match(/[a-z0-9]/);
          else expect(name).to.match(/^[a-z0-9][a-z0-9_-]*$/);
          expect(normalised(name ?? '')).to.equal(name);
        }),
      );
    });
  });

  /** Each case: files, and where from and with what the name is asked for. */
  interface Case {
    files: Record<string, string>;
    cwd?: string;
    named?: string[];
    env?: Record<string, string>;
  }
  const NAMED: Record<string, Case> = {
    'from the folder': { files: { 'My Shop_1.2/compose.yaml': SERVICES }, cwd: 'My Shop_1.2' },
    'from a folder that begins badly': {
      files: { '_-9.Shop-/compose.yaml': SERVICES },
      cwd: '_-9.Shop-',
    },
    'from the folder of the first file': {
      files: { 'a/compose.yaml': SERVICES, 'b/more.yaml': SERVICES },
      named: ['a/compose.yaml', 'b/more.yaml'],
    },
    'from a folder above': {
      files: { 'up/compose.yaml': SERVICES, 'up/sub/x': '' },
      cwd: 'up/sub',
    },
    'from the file': { files: { 'compose.yaml': `name: shop\n${SERVICES}` } },
    'from the file, in quotes and behind a comment': {
      files: { 'compose.yaml': `# name: no\n"name" : 'shop'\n${SERVICES}` },
    },
    'from the file, not from a name deeper down': {
      files: { 's/compose.yaml': `${SERVICES}networks: { default: { name: net } }\n` },
      cwd: 's',
    },
    'from the file, made of a number': { files: { 'compose.yaml': `name: "2048"\n${SERVICES}` } },
    'from the file that comes last': {
      files: {
        'compose.yaml': `name: one\n${SERVICES}`,
        'compose.override.yaml': `name: two\n${SERVICES}`,
      },
    },
    'from the file, with a variable': {
      files: { 'compose.yaml': `name: shop-\${STAGE}\n${SERVICES}` },
      env: { STAGE: 'dev' },
    },
    'from the file, with a default': {
      files: { 'compose.yaml': `name: \${SHOP:-shop}-\${X-y}-$STAGE\n${SERVICES}` },
      env: { SHOP: '', STAGE: 'dev' },
    },
    'from the file, with a default in a default': {
      files: { 'compose.yaml': `name: \${A:-\${B:-deep}}\n${SERVICES}` },
    },
    'from the file, with a variable of .env': {
      files: {
        'compose.yaml': `name: shop-\${STAGE}\n${SERVICES}`,
        '.env': 'export STAGE="qa" # now\n',
      },
    },
    'from the file, with a variable of .env that is made of another': {
      files: {
        'compose.yaml': `name: shop-\${STAGE}\n${SERVICES}`,
        '.env': `BASE=one\nSTAGE=\${BASE}-two\n`,
      },
    },
    'from COMPOSE_PROJECT_NAME': {
      files: { 'compose.yaml': `name: shop\n${SERVICES}` },
      env: { COMPOSE_PROJECT_NAME: 'other' },
    },
    'from COMPOSE_PROJECT_NAME in .env': {
      files: { 'compose.yaml': SERVICES, '.env': 'COMPOSE_PROJECT_NAME=other\n' },
    },
    'from .env beside the file': {
      files: { 'a/compose.yaml': SERVICES, 'a/.env': 'COMPOSE_PROJECT_NAME=beside\n' },
      named: ['a/compose.yaml'],
    },
    'from COMPOSE_PROJECT_NAME in .env, in quotes and behind a comment': {
      files: {
        'compose.yaml': SERVICES,
        '.env': `AUTH='admin:$2y$05$Abc'\n# COMPOSE_PROJECT_NAME=no\nexport COMPOSE_PROJECT_NAME="other" # now\n`,
      },
    },
    'from COMPOSE_PROJECT_NAME in .env, not from a line within a value': {
      files: {
        'compose.yaml': SERVICES,
        '.env': `KEY="begin\nCOMPOSE_PROJECT_NAME=no\nend"\nCOMPOSE_PROJECT_NAME=other\n`,
      },
    },
    'from COMPOSE_PROJECT_NAME in .env, written as YAML has it': {
      files: { 'compose.yaml': SERVICES, '.env': 'COMPOSE_PROJECT_NAME: other\n' },
    },
    'from COMPOSE_PROJECT_NAME in .env, the last of two': {
      files: {
        'compose.yaml': SERVICES,
        '.env': 'COMPOSE_PROJECT_NAME=one\nCOMPOSE_PROJECT_NAME=two\n',
      },
    },
    'from COMPOSE_PROJECT_NAME in .env, made of another': {
      files: { 'compose.yaml': SERVICES, '.env': 'A=ot\nCOMPOSE_PROJECT_NAME=${A}her\n' },
    },
    'from the files that COMPOSE_ENV_FILES names': {
      files: {
        'compose.yaml': SERVICES,
        '.env': 'COMPOSE_PROJECT_NAME=no\n',
        'a.env': 'COMPOSE_PROJECT_NAME=one\n',
        'b.env': "COMPOSE_PROJECT_NAME='two'\n",
      },
      env: { COMPOSE_ENV_FILES: 'a.env,b.env' },
    },
    'from the files that COMPOSE_FILE lists in .env, in quotes': {
      files: {
        'compose.yaml': `name: no\n${SERVICES}`,
        'one.yaml': `name: one\n${SERVICES}`,
        '.env': 'COMPOSE_PATH_SEPARATOR="|"\nCOMPOSE_FILE="compose.yaml|one.yaml"\n',
      },
    },
    'from a file in flow style': {
      files: { 'compose.yaml': `{ name: shop, services: { web: { image: x } } }\n` },
    },
    'from a file as JSON': {
      files: { 'compose.yaml': '{ "services": { "web": { "image": "x" } }, "name": "shop" }' },
    },
    'from the file, by a merge': {
      files: { 'compose.yaml': `x-a: &a { name: shop }\n<<: *a\n${SERVICES}` },
    },
    'from the file, in a block of its own': {
      files: { 'compose.yaml': `name: >-\n  shop\n${SERVICES}` },
    },
    'from the file that includes, not from the one that is included': {
      files: {
        'up/compose.yaml': `include: [more.yaml]\n${SERVICES}`,
        'up/more.yaml': `name: no\nservices: { b: { image: x } }\n`,
      },
      cwd: 'up',
    },
    'from the environment before .env': {
      files: { 'compose.yaml': SERVICES, '.env': 'COMPOSE_PROJECT_NAME=other\n' },
      env: { COMPOSE_PROJECT_NAME: 'mine' },
    },
  };

  describe('with Docker', () => {
    let docker: TestDocker;

    before(async function () {
      const found = await testDocker();
      if (!found) return this.skip();
      docker = found;
    });

    const open = (
      cwd: string,
      env: NodeJS.ProcessEnv = {},
      files: string[] = [],
      project: string | null = null,
    ) =>
      openComposeEngine({
        cwd,
        files,
        project,
        profiles: [],
        allowRemote: false,
        env: { ...docker.env, ...env },
      });

    /** The project that an engine opened here would break. */
    async function projectOf(...args: Parameters<typeof open>): Promise<string> {
      const engine = await open(...args);
      engine.close();
      return engine.project;
    }

    for (const [what, { files, cwd = '.', named = [], env = {} }] of Object.entries(NAMED))
      it(`is the one of \`docker compose config\`: ${what}`, async () => {
        write(files);
        const args = [...named.flatMap((file) => ['--file', file]), 'config', '--format', 'json'];
        const { stdout } = await docker.compose(args, { cwd: join(folder, cwd), env });
        expect(await projectOf(join(folder, cwd), env, named)).to.equal(
          (JSON.parse(stdout) as { name: string }).name,
        );
      });

    describe('and containers', () => {
      let project: string;

      beforeEach(async () => {
        project = docker.project('found');
        write({
          'compose.yaml': `services: { web: { image: ${await docker.image('busybox')}, network_mode: none } }\n`,
        });
        await create(project);
      });
      afterEach(() => remove(project));

      const create = (name: string) =>
        docker.compose(['--project-name', name, 'create'], { cwd: folder });
      const remove = (name: string) =>
        docker.compose(['--project-name', name, 'down', '--timeout', '0']);

      it('is the project that runs from these files under another name', async () => {
        expect(await projectOf(folder)).to.equal(project);
        expect(await projectOf(folder, {}, ['compose.yaml'])).to.equal(project);
        const link = `${folder}-link`;
        symlinkSync(folder, link);
        try {
          expect(await projectOf(link)).to.equal(project);
        } finally {
          rmSync(link);
        }
      });

      it('is the one that the files name, when that runs, too', async () => {
        await create(basename(folder).toLowerCase());
        try {
          expect(await projectOf(folder)).to.equal(basename(folder).toLowerCase());
        } finally {
          await remove(basename(folder).toLowerCase());
        }
      });

      it('is asked for where several run from these files under other names', async () => {
        const second = docker.project('found');
        await create(second);
        try {
          const error = await rejection(open(folder));
          expect(error).to.be.instanceOf(Refusal).and.to.include({ code: 'unsupported_stack' });
          expect((error as Refusal).message)
            .to.include(project)
            .and.to.include(second);
          expect((error as Refusal).next).to.include('--project');
          expect(await projectOf(folder, {}, [], second)).to.equal(second);
        } finally {
          await remove(second);
        }
      });

      it('is never another one than the one that is asked for by name', async () => {
        expect(await projectOf(folder, { COMPOSE_PROJECT_NAME: 'nobody' })).to.equal('nobody');
        expect(await projectOf(folder, {}, [], 'nobody')).to.equal('nobody');
      });

      it('needs no file where the containers were started from this folder, or where it is given', async () => {
        rmSync(join(folder, 'compose.yaml'));
        expect(await projectOf(folder)).to.equal(project);
        write({ 'empty/x': '' });
        expect(await projectOf(join(folder, 'empty'), {}, [], project)).to.equal(project);
        expect(
          await projectOf(join(folder, 'empty'), { COMPOSE_FILE: 'gone.yaml' }, [], project),
        ).to.equal(project);
      });

      it('is not a stranger of the same name where there is no file', async () => {
        write({ [`x/${project}/x`]: '' });
        rmSync(join(folder, 'compose.yaml'));
        const error = await rejection(open(join(folder, 'x', project)));
        expect(error).to.be.instanceOf(Refusal).and.to.include({ code: 'unsupported_stack' });
        expect((error as Refusal).message).to.match(
          /no Compose file.*compose\.yaml.*docker-compose\.yml.* in .* and above/,
        );
        expect((error as Refusal).next).to.match(/--compose-file.*--engine process/);
      });

      it('is the one of the files where nothing runs', async () => {
        const quiet = docker.project('quiet');
        write({ [`${quiet}/compose.yaml`]: SERVICES });
        const engine = await open(join(folder, quiet));
        expect([engine.project, await engine.list()]).to.deep.equal([quiet, []]);
        engine.close();
      });
    });
  });
});
