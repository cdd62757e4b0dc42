/** Two `web` and a `keeper` as local processes, looked at through the system's own table. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder, processStory } from '../commands/cli.ts';
import { servedExit } from '../commands/served.ts';
import { marked } from '../fixtures/process/stack.ts';
import { startHttpServer } from '../workload/servers.ts';
import { CRASH_CHAPTERS, type CrashStack } from './stack.ts';

/** `chapters`: where it is not the story of the faults; the stack is then not up yet. */
export async function makeProcessStack(chapters?: string): Promise<CrashStack> {
  const server = await startHttpServer();
  const workload = `workload: { kind: http, url: "${server.url}", rate: 40/s }`;
  const story = await processStory(chapters ?? CRASH_CHAPTERS, workload);
  const two = story.replace('replicas: 3', 'replicas: 2');
  const folder = makeFolder({
    'gameday.yaml': chapters === undefined ? two : two.replace(/ {2}keeper:.*\n/, ''),
  });
  const state = join(folder.path, '.gameday', 'processes');
  if (chapters === undefined) await servedExit(0, ['chapter', 'next'], { cwd: folder.path });
  const look = () =>
    names(state)
      .filter((name) => /-\d+$/.test(name))
      .sort()
      .map((name) => ({ name, letter: letterOf(join(state, name)) }));
  return {
    cwd: folder.path,
    env: {},
    killEnv: { GAMEDAY_KILL_FOLDER: join(folder.path, '.gameday') },
    broken: async ({ inside } = { inside: false }) => {
      const ruled = inside ? names(join(state, 'proxy', 'rules')) : [];
      const loaded = inside ? loadedOf(folder.path) : [];
      return look().flatMap(({ name, letter }) => {
        const isDown = letter === 'gone' || letter === 'T';
        return isDown || ruled.includes(`${name}.json`) || loaded.includes(name) ? name : [];
      });
    },
    picture: async () =>
      Object.fromEntries(
        look().map(({ name, letter }) => [
          name,
          { state: letter === 'gone' || letter === 'T' ? letter : 'alive' },
        ]),
      ),
    // Each instance is its keeper and its command; so is the proxy, which is there as long as one of them is.
    strays: async () => {
      const kept = look().length + (look().length > 0 ? 1 : 0);
      const left = marked(folder.path).length - 2 * kept;
      return left === 0 ? [] : [`${left} processes`];
    },
    cleanup: async () => {
      await folder.cleanup();
      await server.close();
    },
  };
}

/** Those beside which a load runs, by what `ps` shows of it. */
function loadedOf(folder: string): string[] {
  return marked(folder).flatMap((pid) => {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0');
      const at = words.indexOf('--beside');
      return at === -1 || words[0] !== process.execPath ? [] : (words[at + 1] as string);
    } catch {
      return []; // It has ended this moment.
    }
  });
}

/** The state of the newest command of an instance, from the system's own table. */
function letterOf(folder: string): string {
  for (const name of names(folder, true).filter((each) => each.endsWith('.command'))) {
    const [pid, , stat] = readFileSync(join(folder, name), 'latin1').split('\n');
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

function names(folder: string, recursive = false): string[] {
  try {
    return readdirSync(folder, { recursive, encoding: 'utf8' });
  } catch {
    return [];
  }
}
