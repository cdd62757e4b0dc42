/** The keeper's script with each set of tools that it may meet: `setsid`, or a bash with job control, as on macOS. */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { MARK, startKeeper, type Tools } from '../../src/engine/process/process-keeper.ts';
import { type Generation, readGeneration } from '../../src/engine/process/process-record.ts';
import { marked } from '../fixtures/process/stack.ts';
import { eventually } from './contract.ts';

const BASH = ['/bin/bash', '/usr/bin/bash'].find((path) => existsSync(path));
const SETSID = ['/usr/bin/setsid', '/bin/setsid'].find((path) => existsSync(path));

/** `shell` becomes the `sh` of a folder: bash behaves as the system's `sh` when it is called that. */
const SETS: { name: string; shell: string | undefined; setsid: string | undefined }[] = [
  { name: "the system's sh with setsid", shell: '/bin/sh', setsid: SETSID },
  { name: 'bash with setsid', shell: BASH, setsid: SETSID },
  { name: 'bash without setsid', shell: BASH, setsid: '' },
];

for (const { name, shell, setsid } of SETS)
  describe(`keeper: ${name}`, function () {
    this.timeout(30_000);
    let root: string;
    let folder: string;
    let tools: Tools;

    beforeEach(function () {
      if (shell === undefined || setsid === undefined) return this.skip();
      root = mkdtempSync(join(tmpdir(), "gameday-keeper's "));
      folder = join(root, '1.generation');
      symlinkSync(shell, join(root, 'sh'));
      tools = { shell: join(root, 'sh'), setsid };
    });

    afterEach(() => {
      if (!root) return;
      rmSync(join(folder, 'permit'), { force: true });
      const { keeper, command } = readGeneration(folder) ?? {};
      for (const pid of [...marked(root), keeper?.pid, command && -command.pid])
        if (pid) endQuietly(pid);
      rmSync(root, { recursive: true, force: true, maxRetries: 5 });
    });

    function keep(command: string[], restart: 'no' | 'always') {
      const log = openSync(join(root, 'log'), 'a');
      try {
        return startKeeper(
          {
            folder,
            command,
            working_dir: root,
            env: { [MARK]: folder, GREETING: 'it is' },
            restart,
            log,
          },
          tools,
        );
      } finally {
        closeSync(log);
      }
    }

    const generation = (what: string, isTrue: (now: Generation) => boolean) =>
      eventually(what, () => {
        const now = readGeneration(folder);
        return now && isTrue(now) && now;
      });

    it('hands the command its arguments and environment as they are, and records its exit code', async () => {
      const odd = ['$HOME', 'a  b', '', "'", '*', 'line\nbreak'];
      const { gone } = keep(
        ['sh', '-c', 'echo "$GREETING $#"; printf "<%s>" "$@"; exit 9', 'name', ...odd],
        'no',
      );
      expect(await gone).to.equal('exit code 0');
      const { exit, command, permitted } = await generation(
        'it has ended',
        (now) => now.exit !== null,
      );
      expect([exit?.code, command?.run, permitted]).to.deep.equal([9, 1, true]);
      expect(readFileSync(join(root, 'log'), 'utf8')).to.equal(
        `it is 6\n${odd.map((each) => `<${each}>`).join('')}`,
      );
    });

    it('makes it the leader of a group of its own, whose rest it ends', async () => {
      keep(['sh', '-c', 'sleep 600 & sleep 600 & wait'], 'no');
      const { command, keeper } = await generation(
        'it runs',
        (now) => now.command !== null && now.keeper !== null,
      );
      const group = (pid: number) =>
        spawnSync('ps', ['-o', 'pgid=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
      expect(group(command?.pid ?? 0)).to.equal(String(command?.pid));
      expect(group(keeper?.pid ?? 0)).to.equal(String(keeper?.pid));
      process.kill(command?.pid ?? 0, 'SIGKILL');
      const { exit } = await generation('its end is recorded', (now) => now.exit !== null);
      expect(exit?.code).to.equal(137);
      await eventually('nobody is left', () => marked(root).length === 0);
      expect(readFileSync(join(root, 'log'), 'utf8')).to.equal('');
    });

    it('is one line in the table of processes, which names the instance, the policy and the command', async () => {
      keep(['sleep', '600'], 'always');
      const { keeper } = await generation(
        'it runs',
        (now) => now.command !== null && now.keeper !== null,
      );
      const { stdout } = spawnSync('ps', ['-ww', '-o', 'args=', '-p', String(keeper?.pid)], {
        encoding: 'utf8',
      });
      expect(stdout).to.equal(`${tools.shell} ${folder}/keeper.sh always sleep 600\n`);
    });

    it('needs nothing of its own script while it runs', async () => {
      keep(['sleep', '600'], 'no');
      const { command } = await generation('it runs', (now) => now.command !== null);
      truncateSync(join(folder, 'keeper.sh'));
      rmSync(join(folder, 'keeper.sh'));
      process.kill(command?.pid ?? 0, 'SIGKILL');
      const { exit } = await generation('its end is recorded', (now) => now.exit !== null);
      expect(exit?.code).to.equal(137);
    });

    it('waits for it while it is frozen', async () => {
      keep(['sleep', '600'], 'always');
      const { command } = await generation('it runs', (now) => now.command !== null);
      process.kill(-(command?.pid ?? 0), 'SIGSTOP');
      await eventually('it is frozen', () =>
        spawnSync('ps', ['-o', 'state=', '-p', String(command?.pid)], {
          encoding: 'utf8',
        }).stdout.startsWith('T'),
      );
      process.kill(-(command?.pid ?? 0), 'SIGCONT');
      process.kill(-(command?.pid ?? 0), 'SIGTERM');
      const again = await generation('it was started again', (now) => now.command?.run === 2);
      expect(again.exit).to.equal(null);
      expect(readFileSync(join(folder, '1.exit'), 'utf8')).to.equal('143\n');
    });

    it('starts nothing without a permit', async () => {
      const { gone } = keep(['sh', '-c', 'echo run; exit 1'], 'always');
      await generation('it has ended once', (now) => now.exit !== null);
      rmSync(join(folder, 'permit'));
      expect(await gone).to.equal('exit code 0');
      const { command } = await generation('the last end is recorded', (now) => now.exit !== null);
      expect(readFileSync(join(root, 'log'), 'utf8')).to.equal('run\n'.repeat(command?.run ?? 0));
    });
  });

function endQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
