// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the variables are Compose's own.
/** Reading a stack's Compose model: through the real Docker Compose, and through stand-ins for old, missing and endless ones. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { readComposeModel } from '../../src/engine/compose/compose-model.ts';
import type { StackModel } from '../../src/story/draft/draft-stack.ts';
import { until } from '../commands/cli.ts';
import { type TestDocker, testDocker } from '../docker/docker.ts';
import { refusal } from './docker-stack.ts';

const FIXTURES = join(import.meta.dirname, '..', 'fixtures', 'compose-files');
/** Docker Compose refuses it until a variable is set. */
const REFUSED = 'env-required';
const SHAPES = readdirSync(FIXTURES).filter((name) => name !== REFUSED);

const REFUSED_FILES: [string, Record<string, string>, RegExp][] = [
  ['no file', {}, /no configuration file/],
  [
    'a variable that is required',
    { 'compose.yaml': 'services: { a: { image: "x:${TAG:?say which}" } }' },
    /TAG is missing a value: say which/,
  ],
  ['no YAML', { 'compose.yaml': 'services: [' }, /yaml: line 1/],
  [
    'a service that extends nobody',
    { 'compose.yaml': 'services: { a: { image: x, extends: nobody } }' },
    /nobody/,
  ],
  [
    'an include that is missing',
    { 'compose.yaml': 'include: [gone.yaml]\nservices: {}' },
    /gone\.yaml/,
  ],
];

const read = (
  cwd: string,
  env: NodeJS.ProcessEnv,
  more: { files?: string[]; profiles?: string[]; project?: string; limitMs?: number } = {},
) =>
  readComposeModel({
    cwd,
    env,
    files: more.files ?? [],
    profiles: more.profiles ?? [],
    project: more.project ?? null,
    ...(more.limitMs !== undefined && { limitMs: more.limitMs }),
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
      it(`has services, and neither values nor command lines: ${shape}`, () => {
        const model = theirs.get(shape) as StackModel;
        expect(model.name).to.match(/^[a-z0-9][a-z0-9_-]*$/);
        expect(model.services).not.to.have.length(0);
        expect(JSON.stringify(model)).not.to.match(/not-a-real|requirepass|POSTGRES_PASSWORD/);
      });
    }

    it('takes every profile where nothing runs without one', () => {
      const { profiles, services } = theirs.get('profiles-only') as StackModel;
      expect(profiles).to.deep.equal(['backend', 'frontend']);
      expect(services.map(({ name }) => name)).to.deep.equal(['backend', 'frontend']);
    });

    it('sorts etcd2 before etcd10', async () => {
      const services = Object.fromEntries(
        ['etcd10', 'etcd2', 'etcd1'].map((name) => [name, { image: 'etcd' }]),
      );
      const cwd = project('many', { 'compose.yaml': JSON.stringify({ services }) });
      const names = (await read(cwd, docker.env)).services.map(({ name }) => name);
      expect(names).to.deep.equal(['etcd1', 'etcd2', 'etcd10']);
    });

    // Kind: a library's limit told as the user's mistake.
    it('takes sixty merges of one anchor', async () => {
      const lines = Array.from({ length: 60 }, (_, at) => `  s${at}: { <<: *base }`);
      const text = `x-base: &base { image: acme/web }\nservices:\n${lines.join('\n')}\n`;
      const model = await read(project('merges', { 'compose.yaml': text }), docker.env);
      expect(model.services).to.have.length(60);
    });

    for (const [what, files, words] of REFUSED_FILES)
      it(`refuses ${what}`, async () => {
        const cwd = project(`refused ${what}`, files);
        mkdirSync(cwd, { recursive: true });
        await refusal(read(cwd, docker.env), 'unsupported_stack', words);
      });

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
    });

    it('is refused with what to type where an older docker takes our words for its own', async () => {
      const docker = `echo "unknown shorthand flag: 'f' in -f" >&2; echo "See 'docker --help'." >&2; exit 125`;
      const { next } = await refusal(
        read(project('old', { 'compose.yaml': web }), machine('old-bin', { docker })),
        'unsupported_stack',
        /Docker Compose is not on this machine/,
      );
      expect(next).to.include('docker compose version');
    });

    for (const [what, mode] of Object.entries({ 'is empty': 0o755, 'may not be entered': 0 }))
      it(`is refused with what to type where a folder of PATH ${what}`, async () => {
        chmodSync(bare.PATH as string, mode);
        try {
          const asked = read(project('bare', { 'compose.yaml': web }), bare);
          await refusal(asked, 'unsupported_stack', /Docker Compose is not on this machine/);
        } finally {
          chmodSync(bare.PATH as string, 0o755);
        }
      });

    // Kind: a program that was started and is not ended with its group.
    for (const [what, lines] of Object.entries({
      'never answers': 'sleep 1000 & echo $! >> pids; sleep 1000',
      'ignores SIGTERM': "trap '' TERM; echo $$ >> pids; while :; do sleep 1; done",
      'has answered and leaves a child': `sleep 1000 & echo $! >> pids; echo '{"services":{}}'`,
    }))
      it(`leaves no process behind where Compose ${what}`, async () => {
        const home = project(`endless ${what}`, { 'compose.yaml': web });
        const env = machine(`endless-bin ${what}`, { docker: lines });
        await read(
          home,
          { ...process.env, PATH: `${env.PATH}:${process.env.PATH}` },
          { limitMs: 1500 },
        ).catch((error) =>
          expect(error).to.include({ name: 'Refusal', code: 'engine_unreachable' }),
        );
        const pids = readFileSync(join(home, 'pids'), 'utf8').trim().split('\n');
        expect(pids).not.to.have.length(0);
        for (const pid of pids)
          await until(
            `${pid} to be gone`,
            () =>
              !existsSync(`/proc/${pid}/stat`) ||
              /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')),
          );
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
});
