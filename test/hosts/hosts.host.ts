/**
 * gameday inside other people's CLIs: the packed tarball in real hosts from npm, and the story on the process engine played
 * through them. Takes minutes and the npm registry, so it has a run of its own: `npm run test:hosts`.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { type Folder, makeFolder, processStory } from '../commands/cli.ts';
import { bash, shim } from '../commands/shell.ts';
import { hasRegistry, packTarball } from '../pack/tarball.ts';
import { type Ended, HOSTS, type Host, openHost, PLUGIN, removeAll } from './host.ts';

const INSTALL_MS = 900_000;
const CALLS_MS = 180_000;
const SCRIPTS = fileURLToPath(new URL('../../examples/scripts/', import.meta.url));
/** Rounds of the host's own command, with and without the plugin. */
const ROUNDS = 5;

const STORY = `
  - { title: Welcome, on_enter: [ { probe: { container: all, retry_for: 10s } } ] }
  - { title: Fault, on_enter: [ { inject: { kind: kill, service: web-2, countdown: 0s } } ], blocks_advance: true }
  - { title: Recovery, on_enter: [ { recover: all } ], auto_advance: true }
  - { title: Done }`;

let folder: string;
let tarball: string;

before(async function () {
  this.timeout(INSTALL_MS);
  if (!(await hasRegistry())) this.skip();
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'gameday-hosts-')));
  tarball = (await packTarball(folder)).path;
});
after(function () {
  this.timeout(INSTALL_MS); // A gigabyte of small files.
  if (folder) removeAll(folder);
});

for (const kind of HOSTS) {
  describe(`inside ${kind.name}`, function () {
    this.timeout(CALLS_MS);
    let host: Host;
    let story: Folder;
    /** The host's own command before the plugin came: what it prints, what it touches. */
    let alone: Picture;

    before(async function () {
      this.timeout(INSTALL_MS);
      const begun = performance.now();
      host = await openHost(kind, folder);
      console.log(
        `      ${kind.bin} installed in ${Math.round((performance.now() - begun) / 1000)} s`,
      );
      story = makeFolder();
      story.write('gameday.yaml', await processStory(STORY));
      alone = await lookAtOwn(host);
      const { code, stderr } = await host.call(
        [spelled('plugins:install'), `file:${tarball}`].flat(),
        { input: kind.answer },
      );
      expect(code, stderr).to.equal(0);
    });
    after(() => story?.cleanup());

    /** A command's id as the host's user types it, word by word. */
    const spelled = (id: string) => (kind.separator === ':' ? [id] : id.split(':'));
    /** The same in a text: `sf chapter next`, `heroku chapter:next`. */
    const shown = (id: string) => `${kind.bin} ${spelled(id).join(' ')}`;
    const run = (id: string, ...args: string[]) => host.run(id, args, { cwd: story.path });
    async function well(id: string, ...args: string[]): Promise<Ended> {
      const ended = await run(id, ...args);
      expect(ended.code, `${shown(id)}\n${ended.stdout}\n${ended.stderr}`).to.equal(0);
      return ended;
    }

    it('is listed among the plugins, and its topics stand in the help', async () => {
      expect((await host.call(['plugins'])).stdout).to.include(PLUGIN);
      const { stdout } = await host.call(['chapter', '--help']);
      expect(stdout)
        .to.include('Walk the story')
        .and.include(`${kind.bin} chapter${kind.separator}COMMAND`);
      const help = (await run('chapter:reset', '--help')).stdout;
      expect(help).to.include(`$ ${shown('chapter:reset')}`);
      // Also where the text speaks of another command.
      expect(help.replace(/\s+/g, ' ')).to.include(
        `\`${spelled('chapter:next').join(' ')}\` begins a new run`,
      );
    });

    it('plays the story: exit codes, --json, and the next command as this host spells it', async () => {
      await well('chapter:next');
      expect((await well('chapter:next', '--json')).json.live_faults).to.have.length(1);
      const list = (await well('fault:list', '--json')).json;
      expect(list.faults[0]).to.include({ id: 'f1', phase: 'injected' });

      const again = await run('fault:inject', 'kill', 'web-2', '--countdown', '0');
      expect(again.code).to.be.oneOf([4, 5]);
      expect(again.stderr).to.include(`Recover with \`${shown('fault:recover')}\``);

      const unknown = await run('fault:inject', 'nonsense');
      expect([unknown.code, unknown.stdout]).to.deep.equal([2, '']);
      expect(unknown.stderr).to.include(`Next: \`${shown('fault:kinds')}\``);

      expect((await well('fault:recover')).stdout).to.include('f1 recovered: web-2 started');
      await well('chapter:next');
      const end = await run('chapter:next', '--json');
      expect(end.code).to.equal(3);
      expect(end.json.error.code).to.equal('end_of_story');
      await well('chapter:reset');
    });

    it('a fault with a time limit is mended by the watchdog, which the host knows nothing of', async () => {
      const { fault } = (
        await well(
          'fault:inject',
          'pause',
          'web-1',
          '--countdown',
          '0',
          '--duration',
          '500ms',
          '--json',
        )
      ).json;
      let phase = '';
      for (let tries = 0; tries < 50 && phase !== 'recovered'; tries++) {
        const { faults } = (await well('fault:list', '--all', '--json')).json;
        phase = faults.find((each: { id: string }) => each.id === fault.id).phase;
      }
      expect(phase).to.equal('recovered');
      await well('chapter:reset');
    });

    it('a usage error under --json is one small object', async () => {
      for (const args of [['--nonsense'], ['--countdown', 'never'], ['--seed', 'x']]) {
        const { code, stdout, json } = await run('chapter:next', ...args, '--json');
        expect(code, args.join(' ')).to.equal(2);
        expect(json.error.code).to.equal('usage');
        expect(Buffer.byteLength(stdout)).to.be.at.most(4096);
      }
    });

    it('a reader that goes away ends nothing, and the exit code stays', async () => {
      const line = `set -o pipefail; ${shown('chapter:list')} | true`;
      const { code, stderr } = await bash(['-c', line], {
        cwd: story.path,
        bin: dirname(host.program),
        env: host.environment,
      });
      expect([code, stderr.includes('unsettled')], stderr).to.deep.equal([0, false]);
    });

    it('the script play.sh runs through it', async function () {
      if (spawnSync('jq', ['--version']).status !== 0) this.skip();
      // As examples/scripts/README.md tells the users of such a host.
      const words = kind.separator === ':' ? `"$1:$2" "\${@:3}"` : '"$@"';
      const bin = shim(story.path, `exec ${kind.bin} ${words}`);
      const { code, stdout, stderr } = await bash([join(SCRIPTS, 'play.sh')], {
        cwd: story.path,
        bin,
        env: host.environment,
      });
      expect(code, stderr).to.equal(0);
      expect(stdout).to.include('1 fault(s), all of them proven recovered.');
    });

    it('completes after the autocomplete command of the host', async function () {
      const done = await host.call(['autocomplete', 'bash', '--refresh-cache']);
      const path = join(
        host.home,
        '.cache',
        kind.bin,
        'autocomplete',
        'functions',
        'bash',
        `${kind.bin}.bash`,
      );
      const text = readIfThere(path);
      // Heroku asks its own server while it builds the cache; without one there is no file to add to.
      if (done.code !== 0 || text === null) this.skip();
      expect(text).to.include(`what ${PLUGIN} adds`);
      expect(spawnSync('bash', ['-n', path]).status).to.equal(0);
    });

    it('changes nothing about what the host itself does', async () => {
      const now = await lookAtOwn(host);
      expect({ stdout: now.stdout, stderr: now.stderr, code: now.code }).to.deep.equal({
        stdout: alone.stdout,
        stderr: alone.stderr,
        code: alone.code,
      });
      expect(now.touched.filter((file) => !alone.touched.includes(file))).to.deep.equal([]);
    });

    it('costs the host little (measured and printed, since other work on this machine changes it)', async () => {
      const costs: { alone: number[]; beside: number[] } = { alone: [], beside: [] };
      for (let round = 0; round < ROUNDS; round++) {
        costs.alone.push(await host.cpuMs(host.own, false));
        costs.beside.push(await host.cpuMs(host.own, true));
      }
      // The least of the rounds: what a busy machine adds is not the plugin's.
      const [alone, beside] = [Math.min(...costs.alone), Math.min(...costs.beside)];
      const ratio = (beside / alone).toFixed(3);
      console.log(
        `      CPU of \`${shown(kind.own.join(':'))}\`: ${Math.round(alone)} ms alone, ${Math.round(beside)} ms with the plugin, ratio ${ratio}`,
      );
    });

    it('leaves nothing behind when it is uninstalled', async () => {
      const { code, stderr } = await host.call([...spelled('plugins:uninstall'), PLUGIN]);
      expect(code, stderr).to.equal(0);
      expect((await host.call(['plugins'])).stdout).to.not.include(PLUGIN);
      // The host keeps its lists of plugins, its own log, and its completion until that is made anew.
      const left = readdirSync(host.home, { recursive: true, encoding: 'utf8' }).filter((path) =>
        path.includes('gameday'),
      );
      expect(left).to.deep.equal([]);
      const { code: gone } = await run('chapter:list');
      expect(gone).to.not.equal(0);
    });
  });
}

interface Picture {
  code: number | null;
  stdout: string;
  stderr: string;
  /** Files below the home that one call changes; names alone. */
  touched: string[];
}

async function lookAtOwn(host: Host): Promise<Picture> {
  await host.call(host.own); // The first call after a change may write caches.
  const before = new Set(host.files());
  const { code, stdout, stderr } = await host.call(host.own);
  const touched = host.files().filter((file) => !before.has(file));
  return { code, stdout, stderr, touched: touched.map((file) => file.split(' ')[0] as string) };
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
