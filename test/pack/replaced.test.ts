/**
 * The package is updated, rebuilt or removed while a fault is live.
 * Kind: the way back and the limit need files of the package that need not be there any more.
 */

import {
  cpSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  events,
  expectExit,
  type Folder,
  foldersOfATest,
  processStory,
  type Started,
  startProgram,
  until,
} from '../commands/cli.ts';
import type { Ended } from '../commands/ended.ts';
import { loadStory } from '../commands/load-story.ts';
import { isRecovered, logOf, runFolder } from '../commands/watchdog.ts';
import { ROOT } from './tarball.ts';

const PACKAGE = ['bin', 'dist', 'package.json', 'oclif.manifest.json', 'gameday.schema.json'];

const CHAPTERS = `
  - { title: Welcome }
  - title: Fault
    on_enter:
      - inject: { kind: pause, service: web-1, countdown: 2s }
      - probe: { name: page, http: "http://127.0.0.1:1/", timeout: 1s }`;

describe('a package that goes away', () => {
  const folderOf = foldersOfATest();
  let folder: Folder;
  /** A copy of the package, for one test alone. */
  let copy: string;

  async function stack(story: string): Promise<void> {
    folder = folderOf({ 'gameday.yaml': story });
    copy = join(folder.path, 'package');
    for (const name of PACKAGE)
      cpSync(join(ROOT, name), join(copy, name), { recursive: true, dereference: true });
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    await expectExit(0, ['chapter', 'next'], at());
  }
  const at = () => ({ cwd: folder.path });
  const startCopy = (...args: string[]): Started =>
    startProgram(process.execPath, [join(copy, 'bin', 'run.js'), ...args], at());
  const withCopy = async (...args: string[]): Promise<Ended> => {
    const ended = await startCopy(...args).ended;
    expect(ended.code, ended.stderr).to.equal(0);
    return ended;
  };

  /** What npm does: the folder is moved away and deleted, and then there is another one, whose code is not what runs. */
  const GONE: Record<string, () => void> = {
    updated: () => {
      renameSync(join(copy, 'dist'), join(copy, 'old'));
      rmSync(join(copy, 'old'), { recursive: true });
      cpSync(join(ROOT, 'dist'), join(copy, 'dist'), {
        recursive: true,
        filter: (path) => !/libraries|-[A-Z0-9]{8}\.js$/.test(path),
      });
      writeFileSync(join(copy, 'dist', 'core.cjs'), 'throw new Error("ERR_OTHER_VERSION");\n');
    },
    uninstalled: () => rmSync(copy, { recursive: true }),
  };

  for (const [how, vanish] of Object.entries(GONE)) {
    it(`that is ${how} before the limit: the fault is recovered in time`, async () => {
      await stack(await processStory(CHAPTERS));
      const args = ['pause', 'web-1', '--countdown', '0', '--duration', '3s'];
      await withCopy('fault', 'inject', ...args);
      vanish();
      await until('the recovery', () => isRecovered(folder.path, 'f1'));
      const { deadline } = events(folder.path).find((event) => event.type === 'fault.injecting');
      const { at: done, outcome } = events(folder.path).findLast(
        (event) => event.type === 'fault.recovered',
      );
      expect([outcome, Date.parse(done) > Date.parse(deadline)]).to.deep.equal(['verified', true]);
      expect(logOf(folder.path)).to.not.match(/cannot|failed|ERR_/i);
    });

    it(`that is ${how} in a countdown: the command ends what it began`, async () => {
      await stack(await processStory(CHAPTERS));
      const started = startCopy('fault', 'inject', 'kill', 'web-1', '--countdown', '2s');
      await until('the countdown', () => started.output().includes('Injecting fault in 1'));
      vanish();
      const { code, stdout, stderr } = await started.ended;
      expect([code, stdout], stderr).to.satisfy(([, said]: string[]) => said?.startsWith('f1: '));
      expect(code).to.equal(0);
      await expectExit(0, ['fault', 'recover'], at());
    });

    it(`that is ${how} in the countdown of a chapter: what comes after the fault comes all the same`, async () => {
      await stack(await processStory(CHAPTERS));
      const started = startCopy('chapter', 'next', '--json');
      await until(
        'the countdown',
        () => existsSync(join(runFolder(folder.path), 'holder')) || true,
      );
      await until('the chapter', () =>
        events(folder.path).some((event) => event.type === 'chapter.entering' && event.index === 1),
      );
      vanish();
      const { code, json } = await started.ended;
      // The look has been taken: nobody listens there.
      expect([code, json.error.code]).to.deep.equal([8, 'deviated']);
      expect(json.error.message).to.include('refuses connections');
      await expectExit(0, ['fault', 'recover'], at());
    });
  }

  it('that is uninstalled under its watchdog: a load that begins later is measured, and looked at', async () => {
    await stack(await loadStory('  - { title: One }'));
    await withCopy('fault', 'inject', 'pause', 'web-1', '--countdown', '0', '--duration', '60s');
    GONE.uninstalled?.();
    await expectExit(0, ['fault', 'recover'], at());
    await expectExit(0, ['workload', 'start'], at());
    const samples = join(runFolder(folder.path), 'samples.ndjson');
    await until(
      'windows of the load',
      () => existsSync(samples) && readFileSync(samples).length > 2000,
    );
    expect(logOf(folder.path)).to.not.match(/cannot|failed|ERR_/i);
    expect(logOf(folder.path).match(/watches run/g)).to.have.length(1);
  });
});
