/** `story check`: every problem with its place, what the faults would hit, and that nothing of the story is run. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { testDocker } from '../docker/docker.ts';
import { type DockerStack, makeDockerStack } from '../engine/docker-stack.ts';
import { EIGHT, expectExit, foldersOfATest, processStory } from './cli.ts';

const WRONG = `nam: shop
chapters:
  - title: Fault
    on_enter:
      - inject: { kind: kil, service: api }
      - wait: 5
`;

const kill = (service: string, head = '') =>
  `${head}\nchapters:\n  - title: Fault\n    on_enter:\n      - inject: { kind: kill, service: ${service} }\n`;

describe('story check', function () {
  this.timeout(60_000);
  const folder = foldersOfATest();

  it('lists every problem at once, each with file, line, column and a hint', async () => {
    const shop = folder({ 'gameday.yaml': WRONG });
    const { stderr, stdout } = await expectExit(2, ['story', 'check'], { cwd: shop.path });
    expect(stdout).to.equal('');
    expect(stderr).to.match(/gameday\.yaml:1:1 .*"nam".*Did you mean "name"/);
    expect(stderr).to.match(/gameday\.yaml:5:25 .*"kil".*Did you mean "kill"/);
    expect(stderr).to.match(/gameday\.yaml:6:15 .*5s/);
    const { json } = await expectExit(2, ['story', 'check', '--json'], { cwd: shop.path });
    expect(json.error).to.include({ code: 'invalid_story' });
    expect(
      json.error.problems.map(
        ({ file, line, column }: { file: string; line: number; column: number }) => [
          file,
          line,
          column,
        ],
      ),
    ).to.deep.equal([
      ['gameday.yaml', 1, 1],
      ['gameday.yaml', 5, 25],
      ['gameday.yaml', 6, 15],
    ]);
    expect(JSON.stringify(json).length).to.be.below(4096);
  });

  it('checks the file that is named, from anywhere', async () => {
    const shop = folder({ 'other.yaml': WRONG });
    const elsewhere = folder();
    const { stderr } = await expectExit(2, ['story', 'check', join(shop.path, 'other.yaml')], {
      cwd: elsewhere.path,
    });
    expect(stderr).to.include('other.yaml:5:25 ');
  });

  it('refuses where there is no story, and where the one named is missing', async () => {
    const empty = folder();
    expect(
      (await expectExit(2, ['story', 'check', '--json'], { cwd: empty.path })).json.error,
    ).to.include({
      code: 'story_not_found',
      next: 'story init',
    });
    expect(
      (await expectExit(2, ['story', 'check', 'gone.yaml', '--json'], { cwd: empty.path })).json
        .error.code,
    ).to.equal('story_not_found');
  });

  it('runs nothing of the story, and writes nothing', async () => {
    const chapters = `
  - title: All that could run
    on_enter:
      - run: [touch, made-by-run]
      - shell: touch made-by-shell
      - probe: { command: [touch, made-by-probe] }
      - inject: { kind: kill, pick: { command: [touch, made-by-pick] } }
      - workload: start
`;
    const shop = folder({
      'gameday.yaml': await processStory(
        chapters,
        'workload: { kind: command, command: [touch, made-by-load], pattern: "([0-9]+)" }',
      ),
    });
    const { stdout } = await expectExit(0, ['story', 'check'], { cwd: shop.path });
    expect(stdout)
      .to.include('1 chapter,')
      .and.match(/takes about .*; at most /);
    expect(readdirSync(shop.path)).to.deep.equal(['gameday.yaml']);
  });

  it('says what the faults would hit, once the stack runs', async () => {
    const shop = folder({ 'gameday.yaml': await processStory(EIGHT) });
    const down = await expectExit(0, ['story', 'check', '--json'], { cwd: shop.path });
    expect(down.json).to.include({ valid: true, name: 'shop', engine: 'process' });
    // The command that breaks it starts the services before, so they count as what it would hit.
    expect(down.json.faults[0]).to.deep.include({
      chapter: 'fault-injection',
      targets: ['web-1', 'web-2', 'web-3'],
    });
    await expectExit(0, ['chapter', 'next'], { cwd: shop.path });
    const { stdout } = await expectExit(0, ['story', 'check'], { cwd: shop.path });
    expect(stdout).to.match(
      /- \[4\/8\] kill one random instance of web\n {4}would hit one of web-1, web-2, web-3\n/,
    );
    expect(stdout).not.to.include('down');
  });

  it('takes an engine that cannot be reached for no problem, and then asks the Compose files for the names', async function () {
    // Docker Compose itself reads the files, without an engine.
    const docker = await testDocker();
    if (!docker) return this.skip();
    const shop = folder({
      'compose.yaml': 'services: { api: { image: acme/api } }',
      'gameday.yaml': kill('apj', 'protect: [api]'),
    });
    const { stdout } = await expectExit(0, ['story', 'check'], {
      cwd: shop.path,
      env: { ...docker.env, DOCKER_HOST: `unix://${shop.path}/no.sock` },
    });
    expect(stdout)
      .to.include('was not looked at')
      .and.include('A fault names apj, which the Compose files do not have. Did you mean api?');
    expect(existsSync(join(shop.path, '.gameday'))).to.equal(false);
  });

  describe('on a running Compose stack', () => {
    let stack: DockerStack;
    before(async function () {
      const docker = await testDocker();
      if (!docker) this.skip();
      stack = await makeDockerStack(docker, 'contract');
    });
    after(() => stack?.cleanup());

    const check = async (code: number, story: string) => {
      const { path } = folder({ 'gameday.yaml': story });
      return expectExit(code, ['story', 'check', join(path, 'gameday.yaml'), '--json'], {
        cwd: stack.folder,
        env: stack.env,
      });
    };
    const here = () =>
      `compose: { files: [${stack.folder}/compose.yaml], project: ${stack.project} }`;

    it('resolves the targets', async () => {
      const { json } = await check(0, kill('web', here()));
      expect(json.faults[0]).to.deep.include({ targets: ['web-1', 'web-2'], exact: false });
      expect(json.notes).to.deep.equal([]);
    });

    it('finds a service that does not exist', async () => {
      const { json } = await check(5, kill('keper', here()));
      expect(json.error).to.include({ code: 'no_target' });
      expect(json.error.problems[0]).to.include({
        path: 'chapter fault',
        hint: 'Did you mean `keeper`?',
      });
    });

    it('finds a fault that the story itself forbids', async () => {
      expect(
        (await check(4, kill('keeper', `${here()}\nprotect: [keeper]`))).json.error.code,
      ).to.equal('protected');
    });

    it('has a first story drafted that it takes', async () => {
      const { path } = folder();
      const options = { cwd: stack.folder, env: stack.env };
      await expectExit(0, ['story', 'init', '--output', join(path, 'gameday.yaml')], options);
      const { json } = await expectExit(
        0,
        ['story', 'check', join(path, 'gameday.yaml'), '--project', stack.project, '--json'],
        options,
      );
      expect(json.faults[0]).to.deep.include({ targets: ['web-1', 'web-2'] });
    });
  });
});
