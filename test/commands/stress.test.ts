/** Loads as a user types them: on containers inside their own control groups, and beside local processes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, afterEach, before, describe, it } from 'mocha';
import { testDocker } from '../docker/docker.ts';
import { marked } from '../fixtures/process/stack.ts';
import { expectExit, type Folder, makeFolder, processStory, until } from './cli.ts';
import { bringUp, type Stack } from './compose-stack.ts';
import { expectOutOfMemory, HUNGRY } from './out-of-memory.ts';
import { killWatchdog } from './watchdog.ts';

const inject = (...args: string[]) => ['fault', 'inject', ...args, '--countdown', '0'];

describe('loads on a Compose stack', function () {
  this.timeout(300_000);
  let stack: Stack;

  before(async function () {
    const docker = await testDocker();
    if (!docker) return this.skip();
    const tools = await docker.image('tools');
    stack = await bringUp(docker, 'loads', (image) => ({
      web: { image, command: ['sleep', '600'], init: true, mem_limit: '128m', cpus: 0.4 },
      hungry: { image, command: ['sh', '-c', HUNGRY], mem_limit: '96m' },
    }));
    stack.folder.write(
      'gameday.yaml',
      `name: loads\ncompose: { project: ${stack.project} }\ntools: { image: "${tools}" }\nchapters: [{ title: Welcome }]\n`,
    );
  });
  afterEach(async () => {
    if (!stack) return;
    await stack.run(0, 'fault', 'recover');
    expect(await helpers()).to.equal('');
  });
  after(() => stack?.cleanup());

  const helpers = async () => {
    const ids = Object.values(await stack.look()).map(({ id }) => id);
    const made = ids.map((id) =>
      stack.docker.docker(['ps', '-aq', '--filter', `label=gameday.target=${id}`]),
    );
    return (await Promise.all(made)).filter(Boolean).join('\n');
  };
  const idOf = async (name: string) => (await stack.look())[name]?.id as string;

  it('are measured, listed, and taken off', async () => {
    const before = await stack.look();
    const done = await stack.run(0, ...inject('cpu', 'web', '--share', '50%', '--how', 'stress'));
    expect(done.stdout).to.match(/f1: stressed web-1/);
    expect(done.stderr).to.match(/measured: web-1 uses 0(\.\d+)? processors/);
    await stack.run(0, ...inject('memory', 'web', '--size', '32mb', '--how', 'fill'));
    const list = ['fault', 'list', '--all-containers', '--json'];
    const { faults, containers } = (await stack.run(0, ...list)).json;
    const atWork = (await helpers()).split('\n');
    const left = containers.beside.filter(({ about }: any) => atWork.includes(about));
    expect(left, 'a helper at work is no leftover').to.deep.equal([]);
    expect(faults.map(({ drift }: any) => drift[0].finding)).to.deep.equal([
      'in_force',
      'in_force',
    ]);
    const { injecting_at, deadline } = faults[0];
    const limitMs = Date.parse(deadline) - Date.parse(injecting_at);
    expect(limitMs, 'five minutes').to.be.closeTo(300_000, 100);
    const journal = readJournal(stack.folder.path);
    expect(journal.findLast(({ measured }) => measured)?.measured?.[0]).to.match(
      /^web-1 has 3\d(\.\d)?mb of 128mb in use$/,
    );
    expect((await stack.run(0, 'fault', 'recover')).stdout).to.match(
      /web-1 no longer stressed, running/,
    );
    expect(await stack.look()).to.deep.equal(before);
  });

  it('end at their limit though command and watchdog are dead', async () => {
    await stack.run(
      0,
      ...inject('cpu', 'web', '--cores', '0.1', '--how', 'stress', '--duration', '15s'),
    );
    expect(await helpers()).not.to.equal('');
    await killWatchdog(stack.folder.path);
    await until('the load to end', async () => (await helpers()) === '');
    await stack.run(0, 'fault', 'recover');
    expect((await stack.run(0, 'fault', 'list')).stdout).to.match(/No fault is live/);
  });

  it('a process in the target that ran out of memory is named', async () => {
    await stack.run(0, ...inject('memory', 'web', '--share', '75%', '--how', 'fill'));
    const eat = 'dd if=/dev/zero of=/dev/null bs=64M count=1; true';
    await stack.docker.docker(['exec', await idOf('web-1'), 'sh', '-c', eat]);
    const said = /web-1: the kernel has ended a process in it for want of memory/;
    expect((await stack.run(0, 'fault', 'list')).stdout).to.match(said);
    expect((await stack.run(0, 'fault', 'recover')).stdout).to.match(said);
  });

  it('a target that ran out of memory is named, and brought back', async () => {
    await stack.run(0, ...inject('memory', 'hungry', '--share', '75%', '--how', 'fill'));
    await expectOutOfMemory(stack);
  });

  it('what cannot be meant is said with the parameter', async () => {
    for (const args of [
      ['cpu', 'web', '--how', 'stress'],
      ['cpu', 'web', '--cores', '0.1', '--share', '10%'],
      ['memory', 'web', '--how', 'fill'],
      ['memory', 'web', '--size', '8mb', '--how', 'stress'],
      ['cpu', 'web', '--cores', '0.1', '--how', 'freeze'],
    ])
      expect((await stack.run(2, ...inject(...args))).stderr).to.match(
        /--(cores|size|how): expected/,
      );
    const { error } = (
      await stack.run(4, ...inject('cpu', 'web', '--cores', '1', '--how', 'stress', '--json'))
    ).json;
    expect(error.message).to.equal('web-1 cannot be stressed: it may use only 0.4 processors.');
  });
});

describe('loads beside local processes', () => {
  let folder: Folder;
  const run = (code: number, ...args: string[]) => expectExit(code, args, { cwd: folder.path });
  /** Of the stack, its keepers, its proxy, and what runs beside them. */
  const programs = () => marked(folder.path).sort();

  before(async () => {
    folder = makeFolder({
      'gameday.yaml': await processStory('  - { title: Welcome }\n  - { title: More }\n'),
    });
    await run(0, 'chapter', 'next');
  });
  after(() => folder?.cleanup());

  it('are measured, listed, and taken off', async () => {
    const whole = programs();
    const done = await run(0, ...inject('cpu', 'web-1', '--cores', '0.2', '--how', 'stress'));
    expect(done.stdout).to.include('f1: stressed web-1');
    expect(done.stderr).to.match(/the load beside web-1 uses 0(\.\d+)? processors of this machine/);
    await run(0, ...inject('memory', 'web-1', '--size', '80mb', '--how', 'fill'));
    const { faults } = (await run(0, 'fault', 'list', '--json')).json;
    expect(faults.map(({ drift }: any) => drift[0].finding)).to.deep.equal([
      'in_force',
      'in_force',
    ]);
    await run(0, 'fault', 'recover');
    expect(programs()).to.deep.equal(whole);
    const { error } = (await run(4, ...inject('cpu', 'web-1', '--cores', '0.2', '--json'))).json;
    expect(error.next).to.match(/--how stress/);
  });

  it('end at their limit though command and watchdog are dead', async () => {
    const whole = programs();
    const short = ['--cores', '0.2', '--how', 'stress', '--duration', '8s'];
    await run(0, ...inject('cpu', 'web-1', ...short));
    expect(programs()).not.to.deep.equal(whole);
    await killWatchdog(folder.path);
    await until('the load to end', async () => `${programs()}` === `${whole}`);
    await run(0, 'fault', 'recover');
    expect((await run(0, 'fault', 'list')).stdout).to.equal('No fault is live.\n');
  });
});

function readJournal(folder: string): { type: string; measured?: string[] }[] {
  const state = join(folder, '.gameday');
  const run = readFileSync(join(state, 'current'), 'utf8').trim();
  const text = readFileSync(join(state, 'runs', run, 'journal.ndjson'), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}
