// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the variables are Compose's own.
/** `story init` as users and scripts run it: the real bin, in folders of its own. */

import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, before, describe, it } from 'mocha';
import { type TestDocker, testDocker } from '../docker/docker.ts';
import { freePorts } from '../free-ports.ts';
import { hasTmux, Terminal } from '../view/terminal.ts';
import * as cli from './cli.ts';
import { BIN, foldersOfATest } from './cli.ts';
import type { CliOptions } from './ended.ts';

const SHAPES = join(import.meta.dirname, '..', 'fixtures', 'compose-files');
const SHOP = `services:
  api: { image: acme/api, scale: 3, ports: ["8001-8003:8000"] }
  worker: { image: acme/worker }
  db: { image: postgres }
`;

describe('story init', function () {
  this.timeout(60_000);
  const folder = foldersOfATest();
  let docker: TestDocker;

  before(async function () {
    const found = await testDocker();
    if (!found) return this.skip();
    docker = found;
  });

  const withCompose = (options: CliOptions): CliOptions => ({
    ...options,
    env: { ...docker.env, ...options.env },
  });
  const gameday = (args: string[], options: CliOptions) => cli.gameday(args, withCompose(options));
  const expectExit = (code: number, args: string[], options: CliOptions) =>
    cli.expectExit(code, args, withCompose(options));

  it('writes a story beside the Compose file, from anywhere below it, that the check takes', async () => {
    const shop = folder({ 'compose.yaml': SHOP });
    const below = join(shop.path, 'src', 'deep');
    mkdirSync(below, { recursive: true });
    const { stdout } = await expectExit(0, ['story', 'init'], { cwd: below });
    expect(stdout).to.match(
      /^Wrote \.\.\/\.\.\/gameday\.yaml: losing-api, .*\nProtected: db\.\n.*`gameday story check`\n$/s,
    );
    const { json } = await expectExit(0, ['story', 'check', '--json'], { cwd: shop.path });
    expect(json).to.include({ valid: true, name: 'losing-api', engine: 'compose' });
    expect(json.chapters).to.have.length(8);
  });

  it('gives editors a schema that is there, and that git ignores', async () => {
    const shop = folder({ 'compose.yaml': SHOP });
    await expectExit(0, ['story', 'init'], { cwd: shop.path });
    const [modeline = ''] = readFileSync(join(shop.path, 'gameday.yaml'), 'utf8').split('\n');
    const [, schema = ''] = /^# yaml-language-server: \$schema=(\S+)$/.exec(modeline) ?? [];
    expect(JSON.parse(readFileSync(join(shop.path, schema), 'utf8'))).to.have.nested.property(
      'properties.chapters',
    );
    expect(readFileSync(join(shop.path, '.gameday', '.gitignore'), 'utf8')).to.equal('*\n');
  });

  it('points editors at the package where the project has it', async () => {
    const shop = folder({ 'compose.yaml': SHOP });
    const home = join(shop.path, 'node_modules', 'oclif-plugin-gameday');
    mkdirSync(home, { recursive: true });
    shop.write('node_modules/oclif-plugin-gameday/gameday.schema.json', '{}');
    await expectExit(0, ['story', 'init'], { cwd: shop.path });
    expect(readFileSync(join(shop.path, 'gameday.yaml'), 'utf8')).to.match(
      /^# .*\$schema=node_modules\/oclif-plugin-gameday\/gameday\.schema\.json\n/,
    );
    expect(existsSync(join(shop.path, '.gameday'))).to.equal(false);
  });

  it('never overwrites', async () => {
    for (const name of ['gameday.yaml', 'gameday.yml']) {
      const shop = folder({ 'compose.yaml': SHOP, [name]: 'mine' });
      const { json } = await expectExit(2, ['story', 'init', '--json'], { cwd: shop.path });
      expect(json.error).to.include({ code: 'file_exists', exit: 2 });
      expect(json.error.message).to.include(join(shop.path, name));
      expect(readdirSync(shop.path).toSorted()).to.deep.equal(['compose.yaml', name]);
      expect(readFileSync(join(shop.path, name), 'utf8')).to.equal('mine');
    }
    const shop = folder({ 'compose.yaml': SHOP, 'other.yaml': 'mine' });
    await expectExit(2, ['story', 'init', '--output', 'other.yaml'], { cwd: shop.path });
    expect(readFileSync(join(shop.path, 'other.yaml'), 'utf8')).to.equal('mine');
  });

  it('lets one of ten at once write, and the others see that', async () => {
    const shop = folder({ 'compose.yaml': SHOP });
    const ended = await Promise.all(
      Array.from({ length: 10 }, () => gameday(['story', 'init', '--json'], { cwd: shop.path })),
    );
    expect(ended.map(({ code }) => code).toSorted()).to.deep.equal([0, ...Array(9).fill(2)]);
    for (const { code, json } of ended)
      if (code === 2) expect(json.error.code).to.equal('file_exists');
  });

  it('prints the story and writes nothing with --stdout, also where there is one', async () => {
    const shop = folder({ 'compose.yaml': SHOP, 'gameday.yaml': 'mine' });
    const { stdout } = await expectExit(0, ['story', 'init', '--stdout'], { cwd: shop.path });
    expect(stdout).to.match(/^# yaml-language-server.*\nname: losing-api\n.*Demo Complete/s);
    const { json } = await expectExit(0, ['story', 'init', '--stdout', '--json'], {
      cwd: shop.path,
    });
    expect(json).to.include({ path: null, service: 'api', text: stdout });
    expect(readdirSync(shop.path).toSorted()).to.deep.equal(['compose.yaml', 'gameday.yaml']);
  });

  it('takes what is known by flags, and says in the story what Docker Compose would not find', async () => {
    const shop = folder({ 'stack.yaml': SHOP });
    mkdirSync(join(shop.path, 'stories'));
    const flags = [
      '--compose-file',
      'stack.yaml',
      '--project',
      'demo',
      '--service',
      'worker',
      '--url',
      'tcp://127.0.0.1:7000',
      '--output',
      'stories/one.yaml',
    ];
    const { json } = await expectExit(0, ['story', 'init', ...flags, '--json'], { cwd: shop.path });
    expect(json).to.deep.include({
      path: join(shop.path, 'stories/one.yaml'),
      service: 'worker',
      protect: ['db'],
    });
    expect(json.workload).to.include({ kind: 'tcp', host: '127.0.0.1', port: 7000 });
    expect(readFileSync(json.path, 'utf8')).to.include(
      'compose: { files: [../stack.yaml], project: demo }',
    );
  });

  it('says what was looked for where there is no stack, and offers the example', async () => {
    const empty = folder();
    const { json } = await expectExit(2, ['story', 'init', '--json'], { cwd: empty.path });
    expect(json.error.code).to.equal('unsupported_stack');
    expect(json.error.next).to.include('`story init --engine process` writes an example');
    for (const name of ['compose.yaml', 'docker-compose.yml', 'Procfile'])
      expect(json.error.message).to.include(name);
    expect(readdirSync(empty.path)).to.deep.equal([]);
  });

  it('writes an example that needs no Docker, and that plays', async () => {
    const empty = folder();
    await expectExit(0, ['story', 'init', '--engine', 'process'], { cwd: empty.path });
    const port = await freePorts(3);
    const text = readFileSync(join(empty.path, 'gameday.yaml'), 'utf8');
    empty.write(
      'gameday.yaml',
      text.replace(/808([123])/g, (_, digit: string) => `${port + Number(digit) - 1}`),
    );
    await expectExit(0, ['chapter', 'next'], { cwd: empty.path });
    const { stderr } = await expectExit(0, ['chapter', 'next'], { cwd: empty.path });
    expect(stderr).to.include('3 of 3 instances are running and well');
  });

  it('starts from a Procfile where that is nearer than a Compose file', async () => {
    const shop = folder({ 'compose.yaml': SHOP, Procfile: 'web: node server.js\n' });
    expect(
      (await expectExit(0, ['story', 'init', '--stdout', '--json'], { cwd: shop.path })).json
        .engine,
    ).to.equal('compose');
    mkdirSync(join(shop.path, 'app'));
    shop.write('app/Procfile', 'web: node server.js\nworker: node worker.js\n');
    const { json } = await expectExit(0, ['story', 'init', '--json'], {
      cwd: join(shop.path, 'app'),
    });
    expect(json).to.include({
      engine: 'process',
      service: 'web',
      path: join(shop.path, 'app', 'gameday.yaml'),
    });
  });

  const refusals: [string, string[], number, string, RegExp][] = [
    ['a service that is not there', ['--service', 'wroker'], 5, 'no_target', /wroker/],
    ['a URL of no known kind', ['--url', 'ftp://x/'], 2, 'usage', /ftp/],
    ['a folder that is not there', ['--output', 'no/such/folder.yaml'], 2, 'usage', /ENOENT/],
    [
      'a Compose file that is not there',
      ['--compose-file', 'nothing.yaml'],
      2,
      'unsupported_stack',
      /nothing\.yaml/,
    ],
    [
      'a swarm of which no stack is named',
      ['--engine', 'swarm'],
      2,
      'unsupported_stack',
      /Which stack of the swarm is meant/,
    ],
    ['both ways to hand it over', ['--stdout', '--output', 'x.yaml'], 2, 'usage', /stdout/],
  ];
  for (const [what, flags, code, name, words] of refusals) {
    it(`refuses ${what}, and writes nothing`, async () => {
      const shop = folder({ 'compose.yaml': SHOP });
      const { json } = await expectExit(code, ['story', 'init', ...flags, '--json'], {
        cwd: shop.path,
      });
      expect(json.error).to.include({ code: name, exit: code });
      expect(json.error.message).to.match(words);
      expect(json.error.next).not.to.equal('');
      expect(readdirSync(shop.path)).to.deep.equal(['compose.yaml']);
    });
  }

  it('says what is wrong with a Compose file', async () => {
    const shop = folder();
    cpSync(join(SHAPES, 'env-required'), shop.path, { recursive: true });
    const { stderr } = await expectExit(2, ['story', 'init'], { cwd: shop.path });
    expect(stderr).to.match(/GAMEDAY_FIXTURE_KEY.*put it into \.env/);
    await expectExit(0, ['story', 'init'], {
      cwd: shop.path,
      env: { GAMEDAY_FIXTURE_KEY: 'not-a-real-key' },
    });
    expect(readFileSync(join(shop.path, 'gameday.yaml'), 'utf8')).not.to.include('not-a-real-key');
  });

  // Kind: guessed from a name or a number, never tried.
  it('loads by tcp what does not answer in HTTP, and by HTTP what does', async () => {
    const drafted = async (port: number) => {
      const ports = [`127.0.0.1:${port}:5000`];
      const services = { db: { image: 'acme/app', ports } };
      const shop = folder({ 'compose.yaml': JSON.stringify({ services }) });
      const { json } = await expectExit(0, ['story', 'init', '--stdout', '--json'], {
        cwd: shop.path,
      });
      return json.workload;
    };
    const servers = {
      silent: createServer(() => {}),
      greeting: createServer((socket) => socket.end('220 ready\r\n')),
      closing: createServer((socket) => socket.destroy()),
      web: createHttpServer((_, response) => response.end('well')),
      refusing: createHttpServer((_, response) => response.writeHead(404).end()),
    };
    const kinds: Record<string, string> = {};
    for (const [name, server] of Object.entries(servers)) {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
      try {
        kinds[name] = (await drafted((server.address() as AddressInfo).port)).kind;
      } finally {
        server.close();
      }
    }
    const nobody = await freePorts(1);
    expect({ ...kinds, nobody: (await drafted(nobody)).kind }).to.deep.equal({
      silent: 'tcp',
      greeting: 'tcp',
      closing: 'tcp',
      web: 'http',
      refusing: 'http',
      nobody: 'http',
    });
  });

  it('says plainly where Docker Compose is missing, and what to type', async () => {
    const shop = folder({ 'compose.yaml': SHOP });
    const bare = { PATH: shop.path, DOCKER_CONFIG: shop.path };
    const { json } = await expectExit(2, ['story', 'init', '--json'], {
      cwd: shop.path,
      env: bare,
    });
    expect(json.error).to.include({ code: 'unsupported_stack', exit: 2 });
    expect(json.error.message).to.include('Docker Compose is not on this machine');
    expect(json.error.next).to.include('docker compose version');
    expect(readdirSync(shop.path)).to.deep.equal(['compose.yaml']);
  });

  // Kind: an own reader of Compose's inputs decides differently from Compose.
  it('takes a value of .env as Compose takes it, and never prints one', async () => {
    const secret = 'admin:$2y$05$Abc';
    const shop = folder({ 'compose.yaml': SHOP, '.env': `AUTH='${secret}'\n` });
    await expectExit(0, ['story', 'init', '--stdout'], { cwd: shop.path });
    for (const broken of [
      `AUTH="${secret}\n`,
      `AUTH=\${${secret}\n`,
      `${secret.replace(':', ' ')}\n`,
    ]) {
      shop.write('.env', broken);
      const { stderr } = await expectExit(2, ['story', 'init', '--stdout'], { cwd: shop.path });
      expect(stderr).to.match(/Docker Compose cannot read the stack: .*\.env/);
      expect(stderr, broken).not.to.match(/admin|2y|05|Abc/);
    }
  });

  for (const [what, line] of Object.entries({
    'a port': 'ports: ["${HIDDEN}"]',
    'a number': 'scale: "${HIDDEN}"',
    'a yes or no': 'privileged: "${HIDDEN}"',
    'a time': 'stop_grace_period: "${HIDDEN}"',
    'a size': 'mem_limit: "${HIDDEN}"',
    'the name of a service': 'depends_on: ["${HIDDEN}"]',
    'the name of a file': 'env_file: "${HIDDEN}"',
    'a variable without its end': 'command: "${HIDDEN-s3cr3t"',
  })) {
    it(`prints no value of the environment that is wrong for ${what}`, async () => {
      const shop = folder({ 'compose.yaml': `services:\n  a:\n    image: x\n    ${line}\n` });
      const look = async (env: NodeJS.ProcessEnv) => {
        const { stderr } = await expectExit(2, ['story', 'init'], { cwd: shop.path, env });
        expect(stderr).to.include('Docker Compose cannot read the stack').and.not.include('s3cr3t');
      };
      await look({ HIDDEN: 's3cr3t' });
      shop.write('.env', "export HIDDEN='s3cr3t' # and why\n");
      await look({});
    });
  }

  it('waits for nobody in a script, even where stdin stays open', async () => {
    const shop = folder({ 'compose.yaml': SHOP });
    const child = spawn(process.execPath, [BIN, 'story', 'init'], {
      cwd: shop.path,
      env: docker.env,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(code).to.equal(0);
  });

  describe('in a terminal', () => {
    let terminal: Terminal;
    const open = async (cwd: string): Promise<void> => {
      terminal = new Terminal();
      const command = `cd '${cwd}' && exec env -u CI PATH='${docker.env.PATH}' DOCKER_CONFIG='${docker.env.DOCKER_CONFIG ?? ''}' '${process.execPath}' '${BIN}' story init`;
      await terminal.start(`(${command})`, { columns: 140, rows: 40 });
      await terminal.until(/Which service should be broken\? \[api\]$/m);
    };
    const type = async (text: string, until: RegExp): Promise<void> => {
      if (text !== '') await terminal.press(text);
      await terminal.press('Enter');
      await terminal.until(until);
    };
    before(function () {
      if (!hasTmux) this.skip();
    });
    afterEach(() => terminal?.close());

    it('takes its own guesses on Enter', async () => {
      const shop = folder({ 'compose.yaml': SHOP });
      await open(shop.path);
      await type('', /Which URL should the load hit\? \[http:\S+ \S+ \S+\]$/m);
      await type('', /ended with 0$/);
      expect(readFileSync(join(shop.path, 'gameday.yaml'), 'utf8')).to.include('service: api');
    });

    it('asks again after a slip, and takes what it is told', async () => {
      const shop = folder({ 'compose.yaml': SHOP });
      await open(shop.path);
      await type('wroker', /Did you mean worker\?/);
      await type('worker', /Which URL should the load hit/);
      await type('nonsense', /no URL that can be loaded/);
      await type('http://127.0.0.1:9/', /ended with 0$/);
      const text = readFileSync(join(shop.path, 'gameday.yaml'), 'utf8');
      expect(text).to.include('service: worker').and.include('url: http://127.0.0.1:9/');
    });

    it('writes nothing after Ctrl-C', async () => {
      const shop = folder({ 'compose.yaml': SHOP });
      await open(shop.path);
      await terminal.press('C-c');
      await terminal.until(/story init --yes[\s\S]*ended with 130$/);
      expect(readdirSync(shop.path)).to.deep.equal(['compose.yaml']);
    });
  });
});
