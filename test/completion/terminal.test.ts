/** The TAB key, pressed in real shells on a real terminal, with what the real bin prints and what its commands leave behind. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { after, afterEach, before, describe, it } from 'mocha';
import { SHELLS, type Shell } from '../../src/view/completion/index.ts';
import { EIGHT, expectExit, type Folder, makeFolder, processStory } from '../commands/cli.ts';
import { hasTmux, Terminal } from '../view/terminal.ts';
import { hasShell } from './shells.ts';

const SIZE = { columns: 150, rows: 40 };

/** A shell without the user's own settings, and how the script gets into it. */
const START: Record<Shell, (script: string) => string> = {
  bash: () => `env PS1="ready> " bash --norc --noprofile -i`,
  zsh: (script) => `env PS1='ready> ' ZDOTDIR=${dirname(script)} zsh -d -i`,
  fish: (script) =>
    `env XDG_CONFIG_HOME=${dirname(script)}/fish XDG_DATA_HOME=${dirname(script)}/fish fish -i --no-config --init-command 'function fish_prompt; echo "ready> "; end; set -g fish_autosuggestion_enabled 0'`,
};

let folder: Folder;

describe('completion: on a terminal', () => {
  before(async function () {
    if (!hasTmux) return this.skip();
    folder = makeFolder({ 'gameday.yaml': await processStory(EIGHT) });
  });
  after(async () => {
    await folder?.cleanup();
  });

  for (const shell of SHELLS) {
    describe(`completion: the TAB key in ${shell}`, () => {
      let terminal: Terminal;
      let home: string;

      before(async function () {
        if (!hasShell(shell)) return this.skip();
        await expectExit(0, ['fault', 'inject', 'kill', 'web-2', '--countdown', '0'], {
          cwd: folder.path,
        });
        home = realpathSync(mkdtempSync(join(tmpdir(), 'gameday-shell-')));
        mkdirSync(join(home, 'fish'));
        const script = join(home, `completion.${shell}`);
        const { stdout } = await expectExit(0, ['story', 'completion', shell], {
          cwd: folder.path,
        });
        writeFileSync(script, stdout);
        writeFileSync(
          join(home, '.zshrc'),
          'unsetopt beep\nzstyle ":completion:*" menu no\nautoload -Uz compinit\ncompinit -u -D\n',
        );
        terminal = new Terminal();
        await terminal.start(`cd '${folder.path}'; ${START[shell](script)}`, SIZE);
        await terminal.until(/ready>/);
        await type(`source ${script}; echo 'loa''ded'`);
        await terminal.press('Enter');
        await terminal.until(/^loaded$/m);
      });
      after(async () => {
        await terminal?.close();
        if (home) rmSync(home, { recursive: true, force: true });
        await expectExit(0, ['fault', 'recover'], { cwd: folder.path });
      });
      afterEach(async () => {
        await terminal.press('C-u');
      });

      const type = (text: string) => terminal.press(text);

      /** Types it, presses TAB, and waits until the line reads so. */
      async function completes(typed: string, wanted: string): Promise<void> {
        await type(typed);
        await terminal.press('Tab');
        await terminal.until(new RegExp(`^ready> ${wanted.replaceAll(/[^\w ]/g, '\\$&')}`, 'm'));
      }

      it('a command, and the value after it', async () => {
        await completes('gameday fau', 'gameday fault');
        await completes('inj', 'gameday fault inject');
        await completes('pau', 'gameday fault inject pause');
        await completes('kee', 'gameday fault inject pause keeper');
      });

      it('an option after its flag, and after =', async () => {
        await completes('gameday fault list --engine=pro', 'gameday fault list --engine=process');
        await terminal.press('C-u');
        await completes('gameday fault list --engine comp', 'gameday fault list --engine compose');
      });

      it('the id of the fault that is live, a chapter, and the files of the folder', async () => {
        const live = readFileSync(join(folder.path, '.gameday/candidates/faults'), 'utf8').trim();
        await completes('gameday fault recover f', `gameday fault recover ${live}`);
        await terminal.press('C-u');
        await completes('gameday chapter show load', 'gameday chapter show load-generation');
        await terminal.press('C-u');
        await completes('gameday story check game', 'gameday story check gameday.yaml');
        await terminal.press('C-u');
        await completes(
          'gameday chapter list --story game',
          'gameday chapter list --story gameday.yaml',
        );
      });

      it('inside an open quote', async () => {
        await completes('gameday chapter show "diag', 'gameday chapter show "diagnosis"');
      });

      it('all of them, where there are several', async () => {
        await type('gameday fault ');
        await terminal.press('Tab');
        await terminal.press('Tab');
        for (const verb of ['inject', 'kinds', 'list', 'recover'])
          await terminal.until(new RegExp(`^(?!ready).*\\b${verb}\\b`, 'm'));
      });
    });
  }

  describe('completion: what commands leave for it', () => {
    it('the lists, and nothing else', async () => {
      await expectExit(0, ['fault', 'recover'], { cwd: folder.path });
      const lists = join(folder.path, '.gameday/candidates');
      expect(readdirSync(lists).sort()).to.deep.equal([
        'chapters',
        'faults',
        'instances',
        'runs',
        'services',
      ]);
      const read = (name: string) =>
        readFileSync(join(lists, name), 'utf8').split('\n').slice(0, -1);
      expect(read('services')).to.have.members(['keeper', 'web']);
      expect(read('instances')).to.have.members(['keeper-1', 'web-1', 'web-2', 'web-3']);
      expect(read('runs')).to.deep.equal(['r1']);
      expect(read('faults')).to.deep.equal([]);
      expect(read('chapters')).to.include('fault-injection').and.to.have.length(8);
    });

    it('the script, also as JSON; the shell guessed; a shell that is not known refused', async () => {
      const { stdout } = await expectExit(0, ['story', 'completion', 'zsh'], { cwd: folder.path });
      const { json } = await expectExit(0, ['story', 'completion', '--json'], {
        cwd: folder.path,
        env: { SHELL: '/usr/bin/zsh' },
      });
      expect(json).to.deep.equal({ shell: 'zsh', script: stdout });
      const refused = await expectExit(2, ['story', 'completion', '--json'], {
        cwd: folder.path,
        env: { SHELL: '/bin/tcsh' },
      });
      expect(refused.json.error).to.deep.include({ code: 'usage', next: 'story completion bash' });
    });
  });
});
