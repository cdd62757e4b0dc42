/** A page of this project, word for word: its changes are made in a copy of the code, which compiles after each of them, and its commands say what stands there. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { type Folder, makeFolder, startProgram } from './commands/cli.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const COPIED = ['src', 'bin', 'package.json', 'tsconfig.json', 'gameday.schema.json'];

interface Block {
  language: string;
  file: string;
  text: string;
}

function blocksOf(page: string): Block[] {
  return [...page.matchAll(/^```(ts|diff|console) ?(\S*)\n([\s\S]*?)^```$/gm)].map(
    ([, language = '', file = '', text = '']) => ({ language, file, text }),
  );
}

/** Each part of the diff once, wherever it stands: lines with a space or a minus are found there, and those with a space or a plus take their place. */
function applyDiff(code: string, diff: string): string {
  return diff
    .split(/^@@\n/m)
    .slice(1)
    .reduce((text, part) => {
      const lines = part.replace(/\n$/, '').split('\n');
      const side = (marks: string) =>
        lines.flatMap((line) => (marks.includes(line.charAt(0)) ? line.slice(1) : [])).join('\n');
      const [old, fresh] = [side(' -'), side(' +')];
      expect(text.split(old).length, `found once:\n${old}`).to.equal(2);
      return text.replace(old, () => fresh);
    }, code);
}

/** `files`: of the folder in which its commands are typed. */
export function pageSuite(page: string, files: () => Promise<Record<string, string>>): void {
  describe(page, function () {
    this.timeout(240_000);
    let copy: Folder;
    let stack: Folder;

    before(async () => {
      copy = makeFolder();
      for (const name of COPIED)
        cpSync(join(ROOT, name), join(copy.path, name), { recursive: true });
      symlinkSync(join(ROOT, 'node_modules'), join(copy.path, 'node_modules'));
      // Each time but the first it looks again only at what a change may have touched.
      const check = {
        extends: './tsconfig.json',
        compilerOptions: { incremental: true, tsBuildInfoFile: 'checked.tsbuildinfo' },
        include: ['src'],
      };
      copy.write('tsconfig.check.json', JSON.stringify(check));
      stack = makeFolder(await files());
    });
    after(async () => {
      await gameday('chapter', 'reset');
      await stack.cleanup();
      await copy.cleanup();
    });

    const gameday = (...args: string[]) =>
      startProgram(process.execPath, [join(copy.path, 'bin/dev.js'), ...args], {
        cwd: stack.path,
        env: { NODE_COMPILE_CACHE: join(copy.path, 'compiled') },
      }).ended;

    async function runConsole(text: string): Promise<void> {
      const runs = text.split(/^\$ gameday /m).slice(1);
      for (const each of runs) {
        const [command = '', ...shown] = each.trimEnd().split('\n');
        const last = /^exit (\d+)$/.exec(shown.at(-1) ?? '');
        const expected = last ? shown.slice(0, -1) : shown;
        const ended = await gameday(...command.split(' '));
        const said = ended.stdout + ended.stderr;
        expect(ended.code, `${command}\n${said}`).to.equal(Number(last?.[1] ?? 0));
        for (const line of expected) expect(said, command).to.include(line);
      }
    }

    function change({ language, file, text }: Block): void {
      const path = join(copy.path, file);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, language === 'ts' ? text : applyDiff(readFileSync(path, 'utf8'), text));
    }

    function compile(): void {
      const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
      const { stdout, status } = spawnSync(
        process.execPath,
        [tsc, '--project', join(copy.path, 'tsconfig.check.json')],
        { encoding: 'utf8' },
      );
      expect(stdout).to.equal('');
      expect(status).to.equal(0);
    }

    const sections = readFileSync(join(ROOT, page), 'utf8').split(/^## /m).slice(1);
    for (const section of sections) {
      const blocks = blocksOf(section);
      if (blocks.length === 0) continue;
      it(section.split('\n')[0] as string, async () => {
        for (const block of blocks) {
          if (block.language !== 'console') change(block);
          else {
            compile();
            await runConsole(block.text);
          }
        }
      });
    }
  });
}
