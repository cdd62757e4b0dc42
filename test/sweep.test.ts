/** A run of the tests that was killed leaves nothing after the next one. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { isRunning } from './commands/watchdog.ts';
import { testDocker } from './docker/docker.ts';
import type { Found } from './docker/find.ts';
import { eventually } from './engine/contract.ts';
import { markRun, RUN_MARK } from './run-folder.ts';

import { sweep } from './sweep.ts';

const ROOT = resolve(import.meta.dirname, '..');

describe('sweeping after tests that were killed', function () {
  this.timeout(60_000);
  let parent: string;
  const started: ChildProcess[] = [];

  beforeEach(function () {
    if (process.platform !== 'linux') this.skip();
    parent = mkdtempSync(join(tmpdir(), 'gameday-sweep-'));
  });
  afterEach(() => {
    for (const child of started.splice(0)) child.kill('SIGKILL');
    if (parent) rmSync(parent, { recursive: true, force: true, maxRetries: 5 });
  });

  const sleep = (env: NodeJS.ProcessEnv, cwd = '/') => {
    const child = spawn('sleep', ['600'], { env, cwd, stdio: 'ignore' });
    started.push(child);
    return child;
  };
  const run = (name: string, pid?: number) => {
    const folder = join(parent, `gameday-test-run-${name}`);
    mkdirSync(folder);
    if (pid !== undefined) markRun(folder, pid);
    return folder;
  };
  /** A folder of a run whose process is dead. */
  const overRun = async (name: string) => {
    const child = sleep({});
    const folder = run(name, child.pid);
    child.kill('SIGKILL');
    await once(child, 'exit');
    return folder;
  };

  it('ends what has the mark of a run that is over or works in its folder, and nothing else', async () => {
    const [over, going, fresh] = [await overRun('over'), run('going', process.pid), run('fresh')];
    mkdirSync(join(over, 'deep'));
    const ours = [sleep({ [RUN_MARK]: over }), sleep({}, join(over, 'deep'))];
    const others = [
      sleep({ [RUN_MARK]: going }),
      sleep({ [RUN_MARK]: `${over}-2` }),
      sleep({}, going),
    ];
    await Promise.all([...ours, ...others].map((child) => once(child, 'spawn')));
    expect(await sweep(parent, null)).to.deep.equal([over]);
    for (const { pid } of ours) await eventually('its end', () => !isRunning(pid as number));
    for (const { pid } of others) expect(isRunning(pid as number)).to.equal(true);
    expect(readdirSync(parent).sort()).to.deep.equal(
      [going, fresh].map((folder) => folder.slice(parent.length + 1)).sort(),
    );
  });

  it('takes a pid that somebody else has by now for a run that is over', async () => {
    const folder = run('old', process.pid);
    const { pid } = JSON.parse(readFileSync(join(folder, 'runner'), 'utf8'));
    writeFileSync(join(folder, 'runner'), JSON.stringify({ pid, identity: 'an earlier boot:1' }));
    expect(await sweep(parent, null)).to.deep.equal([folder]);
    expect(existsSync(folder)).to.equal(false);
  });

  it('keeps the names of Compose projects until there is an engine to ask, then removes them there', async function () {
    const docker = await testDocker();
    if (!docker) return this.skip();
    const folder = await overRun('projects');
    const project = docker.project('sweep');
    writeFileSync(join(folder, `${project}.project`), '');
    const label = `com.docker.compose.project=${project}`;
    const image = await docker.image('busybox');
    await docker.docker(['network', 'create', '--label', label, project]);
    await docker.docker(['run', '--detach', '--label', label, image, 'sleep', '600']);
    await sweep(parent, null);
    expect(existsSync(folder)).to.equal(true);
    await sweep(parent, JSON.parse(process.env.GAMEDAY_TEST_DOCKER as string) as Found);
    expect(existsSync(folder)).to.equal(false);
    for (const kind of [
      ['ps', '--all'],
      ['network', 'ls'],
    ])
      expect(await docker.docker([...kind, '--quiet', '--filter', `label=${label}`])).to.equal('');
  });

  for (const signal of ['SIGKILL', 'SIGINT'] as const)
    it(`${signal} of mocha leaves nothing after the next run`, async () => {
      const spec = join(parent, 'stays.test.mjs');
      writeFileSync(
        spec,
        `import { spawn } from 'node:child_process';
        import { mkdtempSync, writeFileSync } from 'node:fs';
        import { tmpdir } from 'node:os';
        import { join } from 'node:path';
        it('stays', async () => {
          const cwd = mkdtempSync(join(tmpdir(), 'made-'));
          const { pid } = spawn('sleep', ['600'], { cwd, detached: true, stdio: 'ignore' });
          writeFileSync(process.env.TOLD, String(pid));
          await new Promise((resolve) => setTimeout(resolve, 600_000));
        }).timeout(0);`,
      );
      writeFileSync(join(parent, 'ends.test.mjs'), `it('ends', () => {});`);
      const told = join(parent, 'told');
      const mocha = (file: string) => {
        const args = ['--no-config', '--parallel', '--jobs', '2', '--spec', file];
        for (const each of ['docker/global-setup.ts', 'sweep.ts'])
          args.push('--require', join(ROOT, 'test', each));
        const env: NodeJS.ProcessEnv = {
          ...process.env,
          TMPDIR: parent,
          TOLD: told,
          GAMEDAY_NO_DOCKER: '1',
        };
        delete env.GAMEDAY_REQUIRE_DOCKER;
        const bin = join(ROOT, 'node_modules/mocha/bin/mocha.js');
        const child = spawn(process.execPath, [bin, ...args], { env, cwd: ROOT, stdio: 'ignore' });
        started.push(child);
        return child;
      };
      const killed = mocha(spec);
      const pid = await eventually(
        'the child',
        () => existsSync(told) && Number(readFileSync(told, 'utf8')),
        40_000,
      );
      expect(isRunning(pid)).to.equal(true);
      killed.kill(signal);
      if (signal === 'SIGINT') killed.kill(signal);
      await once(killed, 'exit');
      const next = mocha(join(parent, 'ends.test.mjs'));
      expect((await once(next, 'exit'))[0]).to.equal(0);
      expect(isRunning(pid)).to.equal(false);
      expect(readdirSync(parent).filter((name) => name.startsWith('gameday-'))).to.deep.equal([]);
    });

  for (const how of ['is killed', 'ends and leaves processes'])
    it(`one test file that is run by itself and ${how} leaves nothing after the next run`, async () => {
      const stays = how === 'is killed';
      const spec = join(parent, 'alone.test.mjs');
      const told = join(parent, 'told');
      const stack = join(ROOT, 'test/fixtures/process/stack.ts');
      writeFileSync(
        spec,
        `import { writeFileSync } from 'node:fs';
      import { makeStack, marked, service } from ${JSON.stringify(stack)};
      it('stays', async () => {
        const { engine, folder } = await makeStack({ web: service({ command: ['sleep', '600'] }) });
        await engine.up();
        writeFileSync(process.env.TOLD, JSON.stringify(marked(folder)));
        if (${stays}) await new Promise((resolve) => setTimeout(resolve, 600_000));
      }).timeout(0);`,
      );
      const { [RUN_MARK]: _mark, ...others } = process.env;
      const mocha = join(ROOT, 'node_modules/mocha/bin/mocha.js');
      const killed = spawn(process.execPath, [mocha, '--no-config', '--exit', '--spec', spec], {
        env: { ...others, TMPDIR: parent, TOLD: told },
        cwd: ROOT,
        stdio: 'ignore',
      });
      started.push(killed);
      const ended = once(killed, 'exit');
      const pids = await eventually(
        'the stack',
        () =>
          existsSync(told) && (JSON.parse(readFileSync(told, 'utf8') || 'null') as number[] | null),
        40_000,
      );
      expect(pids).to.have.length.above(1);
      if (stays) killed.kill('SIGKILL');
      await ended;
      for (const pid of pids) expect(isRunning(pid)).to.equal(true);
      expect(await sweep(parent, null)).to.have.length(1);
      for (const pid of pids) await eventually('its end', () => !isRunning(pid));
    });
});
