/** Three `web` and a `keeper` as local processes, looked at through the system's own table. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectExit, makeFolder, processStory } from '../commands/cli.ts';
import { CRASH_CHAPTERS, type CrashStack } from './crash.ts';

export async function makeProcessStack(): Promise<CrashStack> {
  const folder = makeFolder({ 'gameday.yaml': await processStory(CRASH_CHAPTERS) });
  const state = join(folder.path, '.gameday', 'processes');
  await expectExit(0, ['chapter', 'next'], { cwd: folder.path });
  const look = () =>
    readdirSync(state)
      .filter((name) => /-\d+$/.test(name))
      .sort()
      .map((name) => ({ name, letter: letterOf(join(state, name)) }));
  return {
    cwd: folder.path,
    env: {},
    broken: async () =>
      look().flatMap(({ name, letter }) => (letter === 'gone' || letter === 'T' ? name : [])),
    picture: async () =>
      Object.fromEntries(
        look().map(({ name, letter }) => [
          name,
          { state: letter === 'gone' || letter === 'T' ? letter : 'alive' },
        ]),
      ),
    cleanup: folder.cleanup,
  };
}

/** The state of the newest command of an instance, from the system's own table. */
function letterOf(folder: string): string {
  const records = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.command'),
  );
  for (const record of records) {
    const [pid, , stat] = readFileSync(join(folder, record), 'latin1').split('\n');
    try {
      const now = readFileSync(`/proc/${pid}/stat`, 'latin1');
      const start = (line: string) => line.slice(line.lastIndexOf(')') + 2).split(' ')[19];
      const letter = now.slice(now.lastIndexOf(')') + 2)[0] as string;
      if (start(now) === start(stat as string) && letter !== 'Z') return letter;
    } catch {
      // It is gone; another record may be the living one.
    }
  }
  return 'gone';
}
