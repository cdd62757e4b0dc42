/** Kind: state bound to where somebody stood, not to what was broken. Found by the stack; and what is told to be typed works there. */
import { existsSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { type TestDocker, testDocker } from '../docker/docker.ts';
import { expectExit, type Folder, foldersOfATest } from './cli.ts';
import { bringUp, type Stack } from './compose-stack.ts';

const NOW = ['--countdown', '0', '--overrule', 'max_unavailable'];
const STORY = 'chapters: [{ title: A, on_enter: [{ inject: { kind: stop } }] }]\n';

describe('where the state of a stack is that was named', () => {
  let docker: TestDocker;
  let stack: Stack;
  const folder = foldersOfATest();

  before(async function () {
    const found = await testDocker();
    if (!found) return this.skip();
    docker = found;
    stack = await bringUp(docker, 'place', (image) => ({
      web: { image, command: ['sleep', 'inf'], init: true, network_mode: 'none' },
    }));
  });
  after(() => stack?.cleanup());

  const run = (code: number, cwd: string, args: string[], env: NodeJS.ProcessEnv = {}) =>
    expectExit(code, args, { cwd, env: { ...docker.env, ...env } });
  const live = async (cwd: string, ...flags: string[]) =>
    (await run(0, cwd, ['fault', 'list', ...flags, '--json'])).json.faults.length;
  /** Breaks it from there, and then types what is told. */
  const breakAndFollow = async (cwd: string, flags: string[], whileLive: () => Promise<void>) => {
    const { stdout } = await run(0, cwd, ['fault', 'inject', 'stop', 'web', ...flags, ...NOW]);
    await whileLive();
    const [, told = ''] = /`gameday (fault recover[^`]*)`/.exec(stdout) ?? [];
    expect(await live(cwd), 'without a word of which stack').to.equal(1);
    const { stdout: said } = await run(0, cwd, told.split(' '));
    expect(said).to.match(/f\d+ recovered/);
  };
  const hasNone = (at: Folder) =>
    expect(existsSync(join(at.path, '.gameday')), at.path).to.equal(false);

  it('is with the stack, whoever named it from wherever', async () => {
    const [nowhere, other, further] = [folder(), folder({ 'compose.yaml': '{}' }), folder()];
    const named = ['--project', stack.project];
    for (const from of [nowhere, other])
      await breakAndFollow(from.path, named, async () => {
        expect(await live(stack.folder.path)).to.equal(1);
        expect(await live(further.path, ...named)).to.equal(1);
      });
    const file = join(stack.folder.path, 'compose.yaml');
    await breakAndFollow(nowhere.path, ['--compose-file', file], async () => {
      expect(await live(stack.folder.path)).to.equal(1);
    });
    for (const each of [nowhere, other, further]) hasNone(each);
  });

  it('is beside a story, or where somebody says, and what is told says so, too', async () => {
    const [told, from] = [folder({ 'gameday.yaml': STORY }), folder()];
    const named = ['--project', stack.project];
    await breakAndFollow(told.path, named, async () => {
      expect(await live(told.path)).to.equal(1);
    });
    const story = join(told.path, 'gameday.yaml');
    await breakAndFollow(from.path, ['--story', story, ...named], async () => {
      expect(await live(told.path)).to.equal(1);
    });
    await breakAndFollow(from.path, ['--state-dir', 'state', ...named], async () => {
      expect(readdirSync(from.path)).to.deep.equal(['state']);
    });
  });

  it('is a folder of the user where the stack has none on this machine', async () => {
    const [one, two, state] = [folder(), folder(), folder()];
    const away = `${stack.folder.path}-away`;
    renameSync(stack.folder.path, away);
    try {
      const env = { XDG_STATE_HOME: state.path };
      const list = ['fault', 'list', '--project', stack.project];
      await run(0, one.path, ['fault', 'inject', 'stop', 'web', '-p', stack.project, ...NOW], env);
      expect((await run(0, two.path, list, env)).stdout).to.match(/f1: stop web-1/);
      await run(0, one.path, ['fault', 'recover'], env);
      expect((await run(0, two.path, list, env)).stdout).to.match(/No fault is live/);
      for (const each of [one, two]) hasNone(each);
      const [kept = ''] = readdirSync(join(state.path, 'gameday'));
      expect(kept).to.match(new RegExp(`^compose-${stack.project}-[0-9a-f]{8}$`));
    } finally {
      renameSync(away, stack.folder.path);
    }
  });

  it('is asked of the engine, and nothing is said of faults where that does not answer', async () => {
    const from = folder();
    const env = { DOCKER_HOST: `unix://${join(from.path, 'none.sock')}` };
    for (const verb of ['list', 'recover'])
      await run(6, from.path, ['fault', verb, '--project', stack.project], env);
    const { stdout } = await run(6, from.path, ['story', 'doctor', '-p', stack.project], env);
    expect(stdout).to.match(/problem +engine/);
    hasNone(from);
  });

  it('is nowhere after a command that found no stack', async () => {
    const from = folder();
    await run(2, from.path, ['fault', 'inject', 'kill']);
    await run(2, from.path, ['chapter', 'next']);
    await run(5, from.path, ['fault', 'inject', 'kill', '-p', 'gameday-nobody', ...NOW], {
      XDG_STATE_HOME: join(from.path, 'state'),
    });
    hasNone(from);
  });
});
