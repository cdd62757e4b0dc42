/** A real oclif host with gameday and other plugins in it, as `plugins install` would have left them. */

import { cpSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { type Folder, makeFolder, startProgram } from './cli.ts';
import type { Ended } from './ended.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const PLUGIN = fileURLToPath(new URL('../fixtures/plugin/', import.meta.url));
const RUN = `import { execute } from '@oclif/core';\nawait execute({ dir: import.meta.url });\n`;

export interface Host {
  /** One command of the host, in this folder; throws unless the exit code is the one wanted. */
  run(code: number, cwd: string, ...args: string[]): Promise<Ended>;
  /** As `plugins uninstall`. */
  uninstall(plugin: string): void;
  cleanup(): Promise<void>;
}

export function installHost(plugins: string[]): Host {
  const folder: Folder = makeFolder();
  const modules = join(folder.path, 'node_modules');
  mkdirSync(modules);
  symlinkSync(join(ROOT, 'node_modules/@oclif'), join(modules, '@oclif'));
  symlinkSync(ROOT, join(modules, 'oclif-plugin-gameday'));
  cpSync(PLUGIN, join(modules, 'gameday-plugin-lines'), { recursive: true });
  const write = (names: string[]) => {
    const oclif = { bin: 'host', dirname: 'host', plugins: names, topicSeparator: ' ' };
    const dependencies = Object.fromEntries(names.map((name) => [name, '*']));
    folder.write(
      'package.json',
      JSON.stringify({ name: 'host', version: '1.0.0', type: 'module', oclif, dependencies }),
    );
  };
  write(plugins);
  folder.write('run.js', RUN);
  return {
    async run(code, cwd, ...args) {
      const { ended } = startProgram(process.execPath, [join(folder.path, 'run.js'), ...args], {
        cwd,
      });
      const end = await ended;
      expect(end.code, `host ${args.join(' ')}\n${end.stdout}${end.stderr}`).to.equal(code);
      return end;
    },
    uninstall(plugin) {
      rmSync(join(modules, plugin), { recursive: true });
      write(plugins.filter((each) => each !== plugin));
    },
    cleanup: () => folder.cleanup(),
  };
}
