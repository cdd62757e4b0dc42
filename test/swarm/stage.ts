/** A swarm of a test file's own, and the real CLI in a folder beside it, for each test a new one. */
import { after, afterEach, before } from 'mocha';
import { events, expectExit, type Folder, makeFolder } from '../commands/cli.ts';
import type { Ended } from '../commands/ended.ts';
import { served } from '../commands/served.ts';
import { type Cluster, testCluster } from './cluster.ts';

/** Exit code. */
const ENGINE_SILENT = 6;

export const STACK = 'shop';
export const STORY = `name: ${STACK}
engine: swarm
swarm: { context: node1 }
blast_radius: { max_unavailable: 100% }
chapters: [{ title: Welcome }]
`;

export interface Stage {
  readonly cluster: Cluster;
  readonly folder: Folder;
  /** For a command in the folder. */
  options(env?: NodeJS.ProcessEnv): { cwd: string; env: NodeJS.ProcessEnv };
  run(code: number, ...args: string[]): Promise<Ended>;
  /** `fault inject`, at once. */
  inject(...args: string[]): Promise<Ended>;
  lastEvent(type: string): any;
  /** Ids of the tasks of a service that run and are to run, as a manager says it. */
  tasks(service: string): Promise<string[]>;
  /** The number of the node that a task of web is on. */
  nodeOf(slot: number): Promise<number>;
}

/** Call it within `describe`; the suite is skipped where there is no swarm to be had. */
export function swarmStage(): Stage {
  let cluster: Cluster;
  let folder: Folder;
  before(async function () {
    const made = await testCluster(STACK);
    if (!made) return this.skip();
    cluster = made;
  });
  before(() => {
    folder = makeFolder({ 'gameday.yaml': STORY });
  });
  afterEach(async () => {
    // Whatever a test left live: the folder's own cleaning knows no docker context of the cluster.
    // On a busy machine a node is silent now and then; what stays live would keep every other test out.
    for (let tries = 0; cluster && tries < 3; tries++)
      if ((await served(['chapter', 'reset'], options())).code !== ENGINE_SILENT) break;
    await folder.cleanup();
    await cluster?.settled();
    folder = makeFolder({ 'gameday.yaml': STORY });
  });
  after(async () => {
    await folder?.cleanup();
    await cluster?.cleanup();
  });

  const options = (env: NodeJS.ProcessEnv = {}) => ({
    cwd: folder.path,
    env: { ...cluster.env, ...env },
  });
  const run = (code: number, ...args: string[]) => expectExit(code, args, options());
  const list = async (service: string, format: string) => {
    const only = ['--no-trunc', '--filter', 'desired-state=running', '--format', format];
    return (await cluster.docker(1, 'service', 'ps', `${STACK}_${service}`, ...only)).split('\n');
  };
  return {
    get cluster() {
      return cluster;
    },
    get folder() {
      return folder;
    },
    options,
    run,
    inject: (...args) => run(0, 'fault', 'inject', ...args, '--countdown', '0'),
    lastEvent: (type) => events(folder.path).findLast((event) => event.type === type),
    async tasks(service) {
      const lines = await list(service, '{{.CurrentState}} {{.ID}}');
      return lines.flatMap((line) => /^Running .* (\S+)$/.exec(line)?.[1] ?? []).sort();
    },
    async nodeOf(slot) {
      const lines = await list('web', '{{.Name}} {{.Node}}');
      const line = lines.find((each) => each.startsWith(`${STACK}_web.${slot} `));
      return Number(line?.at(-1));
    },
  };
}
