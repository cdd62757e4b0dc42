/** Which stack a command breaks and recovers, on the real engine: two kinds of mistake, each with its siblings. */
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, before, beforeEach, describe, it } from 'mocha';
import { type TestDocker, testDocker } from '../docker/docker.ts';
import { expectExit, until } from './cli.ts';

const NOW = ['--countdown', '0'];
const LIVES = {
  command: ['sh', '-c', "trap 'exit 0' TERM; while :; do sleep 0.1; done"],
  network_mode: 'none',
};

let docker: TestDocker;
let image: string;
let home: string;
/** Also the name of folders, so that it is the name of projects. */
let project: string;

const write = (name: string, text: string) => writeFileSync(join(home, name), text);
const model = (...services: string[]) =>
  JSON.stringify({
    services: Object.fromEntries(services.map((name) => [name, { image, ...LIVES }])),
  });
const compose = (cwd: string, ...args: string[]) =>
  docker.compose(args, { cwd: join(home, cwd), env: { PWD: join(home, cwd) } });
const run = (code: number, cwd: string, ...args: string[]) =>
  expectExit(code, args, { cwd: join(home, cwd), env: { ...docker.env, PWD: join(home, cwd) } });

/** Service to state, of all containers of the project. */
async function states(): Promise<Record<string, string>> {
  const format = '{{.Label "com.docker.compose.service"}} {{.State}}';
  const filter = `label=com.docker.compose.project=${project}`;
  const lines = await docker.docker(['ps', '-a', '--filter', filter, '--format', format]);
  return Object.fromEntries(
    lines
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split(' ')),
  );
}

async function setUp(this: Mocha.Context): Promise<void> {
  const found = await testDocker();
  if (!found) return this.skip();
  docker = found;
  image = await docker.image('busybox');
}

function openFolder(): void {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'gameday-identity-')));
  project = docker.project('same');
}

async function removeAll(): Promise<void> {
  await docker.compose(['-p', project, 'down', '--timeout', '0'], { cwd: '/' });
  rmSync(home, { recursive: true, force: true });
}

// Kind: a name counts as identity where a label tells otherwise.
describe('two stacks of one project name', function () {
  this.timeout(120_000);
  before(setUp);
  beforeEach(() => {
    openFolder();
    for (const folder of ['alpha', 'beta'])
      mkdirSync(join(home, folder, project), { recursive: true });
    write(`alpha/${project}/compose.yaml`, model('db'));
    write(`beta/${project}/compose.yaml`, model('db', 'api'));
  });
  afterEach(removeAll);

  const ALPHA = () => `alpha/${project}`;
  const BETA = () => `beta/${project}`;
  const inject = ['fault', 'inject', 'kill', 'db', ...NOW, '--json'];

  it('refuses where no container was made from these files, until the project is named', async () => {
    await compose(BETA(), 'up', '--detach');
    const { json } = await run(5, ALPHA(), ...inject);
    expect(json.error.code).to.equal('no_target');
    expect(json.error.message)
      .to.include(join(home, BETA(), 'compose.yaml'))
      .and.include(join(home, ALPHA(), 'compose.yaml'));
    expect(json.error.next).to.include(`--project ${project}`);
    expect(
      (await run(1, ALPHA(), 'story', 'doctor').catch((error) => error)).toString(),
    ).to.include('Another stack bears the same project name');
    expect(await states()).to.deep.equal({ db: 'running', api: 'running' });
    await run(0, ALPHA(), ...inject, '--project', project);
    expect(await states()).to.deep.equal({ db: 'exited', api: 'running' });
    await run(0, ALPHA(), 'fault', 'recover');
    expect(await states()).to.deep.equal({ db: 'running', api: 'running' });
  });

  it('leaves the other ones out where both run, also later in the run', async () => {
    write(`beta/${project}/compose.yaml`, model('api', 'web'));
    await compose(BETA(), 'up', '--detach');
    await compose(ALPHA(), 'up', '--detach');
    const { json } = await run(0, ALPHA(), 'fault', 'inject', 'pause', '--yes', ...NOW, '--json');
    expect(json.fault.targets.map(({ service }: any) => service)).to.deep.equal(['db']);
    const later = await run(5, ALPHA(), 'fault', 'inject', 'kill', 'api', ...NOW, '--json');
    expect(later.json.error.code).to.equal('no_target');
    await run(0, ALPHA(), 'fault', 'recover');
    const all = await run(0, BETA(), 'fault', 'inject', 'kill', '--all', '--yes', '--json', ...NOW);
    expect(all.json.fault.targets.map(({ service }: any) => service)).to.deep.equal(['api', 'web']);
    await run(0, BETA(), 'fault', 'recover');
    expect(await states()).to.deep.equal({ db: 'running', api: 'running', web: 'running' });
  });

  const hit = async (cwd: string, ...flags: string[]) => {
    const { json } = await run(0, cwd, ...inject, ...flags, '--dry-run');
    expect(JSON.stringify(json)).to.include('db-1');
  };

  it('goes on with the same files in another order, by a link, and with an override added later', async () => {
    write(`alpha/${project}/more.yaml`, model('api'));
    await compose(ALPHA(), '-f', 'compose.yaml', '-f', 'more.yaml', 'up', '--detach');
    await hit(ALPHA());
    await hit(ALPHA(), '--compose-file', 'more.yaml', '--compose-file', 'compose.yaml');
    await hit('.', '--compose-file', join(ALPHA(), 'compose.yaml'));
    symlinkSync(join(home, ALPHA()), join(home, 'link'));
    await hit('link');
    write(`alpha/${project}/compose.override.yaml`, model('late'));
    await hit(ALPHA());
    renameSync(join(home, ALPHA(), 'compose.yaml'), join(home, ALPHA(), 'docker-compose.yml'));
    await hit(ALPHA());
  });

  it('goes on with what is included, and with a project that was brought up through a link', async () => {
    write(`alpha/${project}/compose.yaml`, 'include: [more.yaml]\n');
    write(`alpha/${project}/more.yaml`, model('db'));
    const link = docker.project('linked');
    symlinkSync(join(home, ALPHA()), join(home, link));
    project = link;
    await compose(link, 'up', '--detach');
    expect(await states()).to.deep.equal({ db: 'running' });
    await hit(link);
  });

  it('goes on with the relative labels of Compose v1, and with containers that have none', async () => {
    const create = (name: string, folder: string | null, files: string | null) =>
      docker.docker([
        'run',
        '--detach',
        '--name',
        `${project}-${name}`,
        ...Object.entries({
          project,
          service: name,
          'container-number': '1',
          oneoff: 'False',
          ...(folder !== null && { 'project.working_dir': folder }),
          ...(files !== null && { 'project.config_files': files }),
        }).flatMap(([key, value]) => ['--label', `com.docker.compose.${key}=${value}`]),
        image,
        'sleep',
        '1000',
      ]);
    await create('db', join(home, ALPHA()), 'compose.yaml');
    await hit(ALPHA());
    await run(5, BETA(), ...inject);
    await docker.docker(['rm', '-f', `${project}-db`]);
    await create('db', null, null);
    await hit(ALPHA());
    await hit(BETA());
  });
});

// Kind: the way back and the limit need files, folders or variables that they do not need.
describe('a stack whose files are no longer where they were', function () {
  this.timeout(120_000);
  before(setUp);
  beforeEach(async () => {
    openFolder();
    mkdirSync(join(home, project));
    write(`${project}/stack.yml`, model('cache'));
    await compose(project, '-f', 'stack.yml', 'up', '--detach');
  });
  afterEach(removeAll);

  const inject = (...more: string[]) =>
    run(
      0,
      project,
      'fault',
      'inject',
      'kill',
      'cache',
      ...NOW,
      '--compose-file',
      'stack.yml',
      ...more,
    );
  const move = () => renameSync(join(home, project, 'stack.yml'), join(home, project, 'other.yml'));

  it('ends its fault at its limit', async () => {
    await inject('--duration', '2s');
    move();
    await until('the limit', async () =>
      (await run(0, project, 'fault', 'list')).stdout.includes('No fault is live'),
    );
    expect(await states()).to.deep.equal({ cache: 'running' });
  });

  const cases: Record<string, () => NodeJS.ProcessEnv> = {
    'its Compose file moved': () => ({}),
    'COMPOSE_FILE leads nowhere': () => ({ COMPOSE_FILE: '/nowhere/compose.yaml' }),
    '.env is none that can be read': () => {
      write(`${project}/.env`, 'X="\nCOMPOSE_FILE=\'');
      return {};
    },
    '.env may not be read': () => {
      write(`${project}/.env`, 'COMPOSE_FILE=x');
      chmodSync(join(home, project, '.env'), 0);
      return {};
    },
    'another file has its place, of another name': () => {
      write(`${project}/compose.yaml`, `name: another\nservices: { cache: { image: x } }\n`);
      return {};
    },
    'the machine has no Docker Compose': () => ({ PATH: '/nowhere' }),
  };
  for (const [what, change] of Object.entries(cases)) {
    it(`recovers and resets where ${what}`, async () => {
      await inject('--duration', '10m');
      move();
      const env = { ...docker.env, ...change() };
      const cwd = join(home, project);
      const { stdout } = await expectExit(0, ['fault', 'list'], { cwd, env });
      expect(stdout)
        .to.match(/^f1: kill cache-1 {2}injected/)
        .and.not.include('could not be asked');
      await expectExit(0, ['fault', 'recover'], { cwd, env });
      expect(await states()).to.deep.equal({ cache: 'running' });
      await expectExit(0, ['fault', 'inject', 'pause', 'cache', ...NOW, '--project', project], {
        cwd,
        env,
      });
      await expectExit(0, ['chapter', 'reset'], { cwd, env });
      expect(await states()).to.deep.equal({ cache: 'running' });
    });
  }

  it('recovers where the folder was renamed, and where a flag names the file that is gone', async () => {
    await inject();
    move();
    await run(0, project, 'fault', 'recover', '--compose-file', 'stack.yml');
    expect(await states()).to.deep.equal({ cache: 'running' });
    renameSync(join(home, project, 'other.yml'), join(home, project, 'stack.yml'));
    await inject();
    renameSync(join(home, project), join(home, 'renamed'));
    await run(0, 'renamed', 'fault', 'recover');
    expect(await states()).to.deep.equal({ cache: 'running' });
  });
});
