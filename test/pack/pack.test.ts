/** A smoke test of what npm would publish: packed, installed into an empty project, and run by the oldest and the newest Node. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { makeFolder, processStory } from '../commands/cli.ts';
import { hasRegistry, install, packTarball, ROOT, type Tarball } from './tarball.ts';

const MIB = 1024 * 1024;
const INSTALL_MS = 300_000;
/** The oldest Node that package.json allows, and the newest that there is. */
const NODES = ['22.13.1', '26'];
const TOO_OLD = '20';

/** Everything that belongs in the package; whatever else turns up in it is a mistake. */
const WANTED =
  /^((ARCHITECTURE|CHANGELOG|CONTRIBUTING|README)\.md|LICENSE|package\.json|oclif\.manifest\.json|gameday\.(?:(?:results|report|events)\.)?schema\.json|bin\/run\.js)$|^dist\/(core\.cjs|libraries\/[\w-]+\.cjs|.*\.js|(fault|workload)\.d\.ts|LICENSES\.txt|sbom\.cdx\.json)$|^docs\/[\w-]+\.(md|svg|yaml)$|^tools\/(Dockerfile|[\w-]+\.sh)$|^examples\/[\w-]+\/[\w-]+\.(md|mjs|sh|yaml|yml|json)$|^examples\/scripts\/Jenkinsfile$/;
/** A line of gameday's own progress, off a terminal. */
const PROGRESS = /^([•✔✖] |\[\d+\/\d+\] | {2}|$)/u;

const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  version: string;
};

let folder: string;
let tarball: Tarball;

before(async function () {
  this.timeout(INSTALL_MS);
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'gameday-pack-')));
  tarball = await packTarball(folder);
});
after(function () {
  this.timeout(INSTALL_MS);
  rmSync(folder, { recursive: true, force: true });
});

describe('the package', () => {
  it('holds the bundle and nothing of the workshop', () => {
    expect(tarball.files.filter((file) => !WANTED.test(file))).to.deep.equal([]);
    expect(tarball.files).to.include.members([
      'LICENSE',
      'package.json',
      'oclif.manifest.json',
      'gameday.schema.json',
      'bin/run.js',
      'dist/main.js',
      'dist/fault.d.ts',
      'dist/workload.d.ts',
      'dist/LICENSES.txt',
      'dist/sbom.cdx.json',
    ]);
    // A quarter of it draws the charts of a report, and is loaded for that alone. Names are kept, for stack traces.
    expect(tarball.size).to.be.lessThan(1.5 * MIB);
    expect(tarball.unpackedSize).to.be.lessThan(7 * MIB);
  });

  it('holds every file that its README links to', () => {
    const links = [
      ...readFileSync(join(ROOT, 'README.md'), 'utf8').matchAll(/\]\(([^)#:]+)[^)]*\)/g),
    ];
    const missing = links
      .map(([, path]) => path as string)
      .filter((path) => path !== 'https')
      .filter(
        (path) => !tarball.files.some((file) => file === path || file.startsWith(`${path}/`)),
      );
    expect(missing).to.deep.equal([]);
    expect(links).to.have.length.above(10);
  });

  it('tells what is bundled, and needs what is not', () => {
    const { components } = JSON.parse(readFileSync(join(ROOT, 'dist', 'sbom.cdx.json'), 'utf8'));
    const bundled = components.map(({ name }: { name: string }) => name);
    expect(bundled).to.include.members(['undici', 'ioredis', 'yaml', 'valibot']);
    for (const { name, version, purl } of components)
      expect([name, version, purl]).to.satisfy((all: unknown[]) => all.every(Boolean));
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(Object.keys(dependencies)).to.include.members(['docker-compose', 'listr2']);
    expect(bundled).to.not.include.oneOf(['docker-compose', 'listr2']);
  });

  it('names no path of the machine that built it', () => {
    const telling = tarball.files.filter((file) =>
      readFileSync(join(ROOT, file), 'utf8').includes(ROOT),
    );
    expect(telling).to.deep.equal([]);
  });

  it('has a command file for each command of its manifest, and a hook file for each hook', () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, 'oclif.manifest.json'), 'utf8'));
    const { hooks = {} } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).oclif;
    const commands = Object.keys(manifest.commands).map(
      (id) => `dist/commands/${id.replace(':', '/')}.js`,
    );
    const loaded = Object.values(hooks as Record<string, string>).map(
      (path) => `${path.replace('./', '')}.js`,
    );
    expect(commands).to.not.be.empty;
    expect(tarball.files).to.include.members([...commands, ...loaded]);
    expect(manifest.version).to.equal(version);
  });
});

describe('the package, installed', () => {
  let project: string;

  before(async function () {
    this.timeout(INSTALL_MS);
    if (!(await hasRegistry())) this.skip();
    project = join(folder, 'project');
    await install(project, tarball.path);
  });

  it('brings few other packages', () => {
    const packages = readdirSync(join(project, 'node_modules')).filter(
      (name) => !name.startsWith('.'),
    );
    expect(packages).to.include('oclif-plugin-gameday');
    const total = spawnSync('du', ['-sk', join(project, 'node_modules')], {
      encoding: 'utf8',
    }).stdout;
    expect(Number.parseInt(total, 10) / 1024, `MiB, in ${packages.join(', ')}`).to.be.lessThan(20);
  });

  for (const wanted of NODES) {
    describe(`with Node ${wanted}`, () => {
      let node: string;
      const story = makeFolder();

      before(async function () {
        this.timeout(INSTALL_MS);
        node = await installNode(wanted);
        story.write(
          'gameday.yaml',
          await processStory(`
  - { title: Welcome, on_enter: [ { probe: { container: all, retry_for: 10s } } ] }
  - { title: Fault, on_enter: [ { inject: { kind: kill, service: web-2, countdown: 0s } } ], blocks_advance: true }
  - { title: Recovery, on_enter: [ { recover: all } ] }`),
        );
      });
      after(() => story.cleanup());

      /** Exit code 0, and nothing on stderr but our own progress: no warning of Node. */
      function gameday(...args: string[]): string {
        const { status, stdout, stderr } = runNode(node, project, story.path, args);
        expect(status, `${args.join(' ')}\n${stderr}`).to.equal(0);
        const foreign = stderr.split('\n').filter((line) => !PROGRESS.test(line));
        expect(foreign, args.join(' ')).to.deep.equal([]);
        return stdout;
      }

      it('tells its version and its chapters, and nothing on stderr', () => {
        for (const [args, says] of [
          [['--version'], `oclif-plugin-gameday/${version}`],
          [['chapter', 'list', '--json'], '"fault"'],
          [['chapter', '--help'], 'chapter next'],
        ] as const) {
          const { status, stdout, stderr } = runNode(node, project, story.path, args);
          expect([status, stderr], args.join(' ')).to.deep.equal([0, '']);
          expect(stdout).to.include(says);
        }
      });

      it('kills an instance, mends it, and ends what it started', () => {
        gameday('chapter', 'next');
        gameday('chapter', 'next');
        const live = JSON.parse(gameday('fault', 'list', '--json')).faults;
        expect(live.map((fault: { phase: string }) => fault.phase)).to.deep.equal(['injected']);
        const recovered = JSON.parse(gameday('fault', 'recover', '--json'));
        expect(recovered.faults[0].outcome).to.equal('verified');
        // With a time limit, so that the watchdog, a process of its own, has to start on this Node too.
        gameday('fault', 'inject', 'pause', 'web-1', '--countdown', '0', '--duration', '5m');
        expect(gameday('chapter', 'reset')).to.include('is over');
      });
    });
  }

  it(`says in one line, or in JSON, that Node ${TOO_OLD} is too old`, async function () {
    this.timeout(INSTALL_MS);
    const node = onPath(TOO_OLD) ?? (await installNode(TOO_OLD));
    const { status, stdout, stderr } = runNode(node, project, project, ['--version']);
    expect([status, stdout]).to.deep.equal([2, '']);
    const told = /^gameday needs Node\.js 22\.13 or newer, and this is v20\.\d+\.\d+\.$/;
    expect(stderr.trimEnd()).to.match(told);
    const json = runNode(node, project, project, ['fault', 'list', '--json']);
    expect([json.status, json.stderr]).to.deep.equal([2, '']);
    const { error } = JSON.parse(json.stdout);
    expect(error).to.include({ code: 'old_node', exit: 2 });
    expect(error.message).to.match(told);
  });
});

/** A node of this major version that the machine has. */
function onPath(major: string): string | undefined {
  const nodes = (process.env.PATH ?? '').split(delimiter).map((path) => join(path, 'node'));
  return nodes.find((node) =>
    spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout?.startsWith(`v${major}.`),
  );
}

async function installNode(wanted: string): Promise<string> {
  const into = join(folder, `node-${wanted}`);
  await install(into, `node@${wanted}`);
  return join(into, 'node_modules', 'node', 'bin', 'node');
}

function runNode(
  node: string,
  project: string,
  cwd: string,
  args: readonly string[],
): SpawnSyncReturns<string> {
  const { NO_COLOR: _n, FORCE_COLOR: _f, NODE_OPTIONS: _o, DEBUG: _d, ...env } = process.env;
  const bin = join(project, 'node_modules', 'oclif-plugin-gameday', 'bin', 'run.js');
  return spawnSync(node, [bin, ...args], { cwd, env, encoding: 'utf8' });
}
