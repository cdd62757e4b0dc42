/** The real CLI on a real swarm: what is broken on it is recovered from the journal alone, whatever happens in between. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { after, afterEach, before, describe, it } from 'mocha';
import {
  events,
  expectExit,
  type Folder,
  gameday,
  makeFolder,
  startUntil,
} from '../commands/cli.ts';
import type { Ended } from '../commands/ended.ts';
import { eventually } from '../engine/contract.ts';
import { type Cluster, testCluster } from './cluster.ts';

const STACK = 'shop';
const STORY = `name: ${STACK}
engine: swarm
swarm: { context: node1 }
blast_radius: { max_unavailable: 100% }
chapters: [{ title: Welcome }]
`;
const DIE = fileURLToPath(new URL('./die.mjs', import.meta.url));

describe('faults on a swarm', function () {
  this.timeout(150_000);
  let cluster: Cluster;
  let folder: Folder;

  before(async function () {
    const made = await testCluster(STACK);
    if (!made) return this.skip();
    cluster = made;
  });
  afterEach(async () => {
    await folder?.cleanup();
    await cluster?.settled();
  });
  after(() => cluster?.cleanup());

  const begin = () => {
    folder = makeFolder({ 'gameday.yaml': STORY });
  };
  const options = (env: NodeJS.ProcessEnv = {}) => ({
    cwd: folder.path,
    env: { ...cluster.env, ...env },
  });
  const run = (code: number, ...args: string[]): Promise<Ended> =>
    expectExit(code, args, options());
  const inject = (...args: string[]) => run(0, 'fault', 'inject', ...args, '--countdown', '0');
  const lastEvent = (type: string) =>
    events(folder.path).findLast((event: { type: string }) => event.type === type);

  /** As the manager says it: what is to be, and what the tasks are called. */
  async function tasks(service: string): Promise<string[]> {
    const format = '{{.ID}} {{.CurrentState}}';
    const list = await cluster.docker(
      1,
      'service',
      'ps',
      `${STACK}_${service}`,
      '--no-trunc',
      '--filter',
      'desired-state=running',
      '--format',
      format,
    );
    return list
      .split('\n')
      .flatMap((line) => (/ Running/.test(line) ? (line.split(' ')[0] as string) : []))
      .sort();
  }
  const node = async (number: number) => {
    const [one] = JSON.parse(await cluster.docker(1, 'node', 'inspect', `node${number}`));
    return one.Spec as { Availability: string; Labels: Record<string, string> };
  };
  const service = async (name: string) => {
    const [one] = JSON.parse(await cluster.docker(1, 'service', 'inspect', `${STACK}_${name}`));
    return one.Spec as {
      Mode: { Replicated: { Replicas: number } };
      Labels: Record<string, string>;
    };
  };
  /** The number of the node that an instance is on. */
  async function nodeOf(label: string): Promise<number> {
    const { json } = await run(0, 'fault', 'inject', 'pause', label, '--dry-run', '--json');
    return Number(/node(\d)/.exec(JSON.stringify(json))?.[1]);
  }

  it('kills a task, says that it was replaced, and proves that the service has what it wants', async () => {
    begin();
    const before = await tasks('web');
    await inject('kill', 'web-1');
    const listed = await eventually('the orchestrator has made another', async () => {
      const { stdout } = await run(0, 'fault', 'list');
      return /has replaced web-1 by shop_web\.1, which is running/.test(stdout) && stdout;
    });
    expect(listed).not.to.match(/drift/);
    const { stdout } = await run(0, 'fault', 'recover');
    expect(stdout).to.match(
      /web-1 was replaced by shop_web\.1; service shop_web has 2 of 2 that are well/,
    );
    const now = await tasks('web');
    expect(now.filter((id) => before.includes(id))).to.have.length(1);
    expect(now).to.have.length(2);
  });

  it('waits for the replacement where it is asked to recover at once', async () => {
    begin();
    await inject('stop', 'web-2');
    const { stderr } = await run(0, 'fault', 'recover');
    expect(stderr).to.match(/waiting for another in the place of web-2|has replaced web-2/);
    expect(lastEvent('fault.recovered')).to.include({ outcome: 'verified' });
  });

  it('unpauses from the journal alone, in another process, with the story gone', async () => {
    begin();
    await inject('pause', 'web-2');
    rmSync(join(folder.path, 'gameday.yaml'));
    const before = await tasks('web');
    const { stdout } = await run(0, 'fault', 'recover');
    expect(stdout).to.match(/web-2 unpaused, healthy/);
    expect(await tasks('web')).to.deep.equal(before);
  });

  it('ends a pause at its limit by itself', async () => {
    begin();
    await inject('pause', 'web-1', '--duration', '2s');
    await eventually('the watchdog has recovered it', () => lastEvent('fault.recovered') ?? false);
    expect(lastEvent('fault.recovered')).to.include({ outcome: 'verified' });
  });

  const DEATHS = [
    ['before', 'kill', '/kill'],
    ['sent', 'kill', '/kill'],
    ['answered', 'pause', '/pause'],
    ['sent', 'drain', '/update'],
  ] as const;
  for (const [when, kind, on] of DEATHS)
    it(`${kind}: a command that dies when its request is ${when === 'before' ? 'about to be made' : when} is recovered by the next one`, async () => {
      begin();
      const target = kind === 'drain' ? 'node-2' : 'web-1';
      const died = await gameday(['fault', 'inject', kind, target, '--countdown', '0'], {
        ...options({ GAMEDAY_DIE_ON: on, GAMEDAY_DIE_WHEN: when }),
        node: ['--import', DIE],
      });
      expect(died.signal).to.equal('SIGKILL');
      expect(events(folder.path).at(-1).type).to.equal('fault.injecting');
      await run(0, 'fault', 'recover');
      expect(lastEvent('fault.recovered').outcome).to.be.oneOf(
        when === 'before' ? ['never_happened'] : ['verified', 'never_happened'],
      );
      await cluster.settled();
      expect(await node(2)).to.deep.include({ Availability: 'active', Labels: {} });
    });

  it('drains and cordons a node, and gives it back exactly as it was', async () => {
    begin();
    await cluster.docker(1, 'node', 'update', '--label-add', 'disk=fast', 'node3');
    const before = await node(3);
    const { stdout } = await run(4, 'fault', 'inject', 'drain', 'node-1', '--countdown', '0');
    expect(stdout).to.equal('');
    await inject('drain', 'node-3');
    expect((await node(3)).Availability).to.equal('drain');
    await eventually('it is empty', async () => (await tasks('agent')).length === 2);
    await run(0, 'fault', 'recover');
    expect(await node(3)).to.deep.equal(before);
    expect(await tasks('agent')).to.have.length(3);
    await inject('cordon', 'node-3');
    expect((await node(3)).Availability).to.equal('pause');
    await run(0, 'fault', 'recover');
    expect(await node(3)).to.deep.equal(before);
    await cluster.docker(1, 'node', 'update', '--label-rm', 'disk', 'node3');
  });

  it('scales a service down and back; what somebody else has set meanwhile stays, and is said', async () => {
    begin();
    const before = await service('web');
    await inject('scale', 'web', '--to', '1');
    expect((await service('web')).Mode.Replicated.Replicas).to.equal(1);
    await run(0, 'fault', 'recover');
    expect(await service('web')).to.deep.equal(before);
    await cluster.settled();
    await inject('scale', 'web', '--to', '1');
    await cluster.docker(1, 'service', 'scale', '--detach', `${STACK}_web=3`);
    const { stdout } = await run(0, 'fault', 'recover');
    expect(stdout).to.match(
      /somebody scaled shop_web to 3, which it keeps; before the fault it had 2/,
    );
    const now = await service('web');
    expect([now.Mode.Replicated.Replicas, now.Labels]).to.deep.equal([3, before.Labels]);
    await cluster.docker(1, 'service', 'scale', '--detach', `${STACK}_web=2`);
    const refused = await run(
      4,
      'fault',
      'inject',
      'scale',
      'agent',
      '--to',
      '1',
      '--countdown',
      '0',
    );
    expect(refused.stderr).to.match(/no number of tasks/);
  });

  it('refuses a second gameday while the first one is at work', async () => {
    begin();
    const first = await startUntil(
      /pausing in|web-1/,
      ['fault', 'inject', 'pause', 'web-1', '--countdown', '3s'],
      options(),
    );
    const second = await gameday(
      ['fault', 'inject', 'kill', 'web-2', '--countdown', '0'],
      options(),
    );
    expect(second.code).to.equal(4);
    expect(second.stderr).to.match(/holds the run|has held|is at work/);
    expect((await first.ended).code).to.equal(0);
    await run(0, 'fault', 'recover');
  });

  it('calls nothing recovered on a node without power, and recovers it when the node is back', async () => {
    begin();
    await inject('pause', 'agent-3');
    await cluster.power('off', 3);
    const { stderr } = await run(6, 'fault', 'recover', '--within', '1s');
    expect(stderr).to.match(/node3|unreachable|cannot be reached|does not answer/);
    expect(lastEvent('fault.recovered')).to.equal(undefined);
    await cluster.power('on', 3);
    await cluster.settled();
    await run(0, 'fault', 'recover');
    expect(lastEvent('fault.recovered')).to.include({ outcome: 'verified' });
  });

  it('calls nothing recovered while the only manager is away, and recovers from the journal when it is back', async () => {
    begin();
    const number = (await nodeOf('web-1')) === 1 ? 2 : 1;
    await inject('kill', `web-${number}`);
    await cluster.power('off', 1);
    const { stderr } = await run(6, 'fault', 'recover');
    expect(stderr).to.match(/No Docker engine at/);
    expect(lastEvent('fault.recovered')).to.equal(undefined);
    await cluster.power('on', 1);
    await run(0, 'fault', 'recover', '--within', '60s');
    expect(lastEvent('fault.recovered')).to.include({ outcome: 'verified' });
  });
});
