import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import type { ComposeEngine } from '../../src/engine/compose/compose.ts';
import { containerIdIn } from '../../src/engine/docker/docker-self.ts';
import { type Instance, label } from '../../src/fault/instance.ts';
import { testDocker } from '../docker/docker.ts';
import { eventually } from './contract.ts';
import { type DockerStack, find, makeDockerStack } from './docker-stack.ts';

describe('what the compose engine sees of a container', function () {
  this.timeout(120_000);
  let stack: DockerStack;
  let engine: ComposeEngine;

  before(async function () {
    const docker = await testDocker();
    if (!docker) return this.skip();
    stack = await makeDockerStack(docker, 'shapes');
    engine = stack.engine;
  });
  after(() => stack?.cleanup());

  const inspect = async (id: string) => {
    const found = await engine.inspect(id);
    if (!found) throw new Error(`${id} is gone`);
    return found;
  };
  const rowOf = async (wanted: string) =>
    (await engine.list()).find((row) => label(row) === wanted);
  const until = (wanted: string, isSo: (now: Instance) => boolean) =>
    eventually(wanted, async () => {
      const now = await find(engine, wanted);
      return isSo(now) && now;
    });

  it('shows what has ended by itself, with its exit code', async () => {
    const now = await until('done-1', ({ state }) => state === 'exited');
    expect(now).to.include({ exit_code: 3, health: 'none', oom_killed: false });
    expect(now.finished_at).to.be.a('string');
  });

  describe('health', () => {
    const checkedIs = (health: Instance['health']) =>
      until('checked-1', (now) => now.health === health);
    const sick = (isSick: boolean) =>
      stack.compose('exec', '-T', 'checked', isSick ? 'touch' : 'rm', '/tmp/sick');

    it('is the same in the list and close by, and says since when it is bad', async () => {
      const well = await checkedIs('healthy');
      expect(await rowOf('checked-1')).to.include({ health: 'healthy' });
      expect(well.unhealthy_since).to.equal(null);
      const before = Date.parse(await engine.clock());
      await sick(true);
      const bad = await checkedIs('unhealthy');
      expect(await rowOf('checked-1')).to.include({ health: 'unhealthy' });
      const since = Date.parse(bad.unhealthy_since ?? '');
      expect(since).to.be.within(before, Date.parse(await engine.clock()));
      // Two checks have failed by now, a second apart: the first of them is meant.
      expect(Date.parse(await engine.clock()) - since).to.be.above(900);
      await sick(false);
      expect((await checkedIs('healthy')).unhealthy_since).to.equal(null);
    });

    it('of a paused container is the same in the list and close by', async () => {
      const target = await checkedIs('healthy');
      await engine.perform('pause', target);
      try {
        const now = await inspect(target.id);
        expect(now).to.include({ state: 'paused', health: 'unhealthy', unhealthy_since: null });
        expect(await rowOf('checked-1')).to.include({ state: 'paused', health: 'unhealthy' });
      } finally {
        await engine.perform('unpause', target);
      }
    });

    it('does not count what failed before a restart', async () => {
      const target = await checkedIs('healthy');
      await sick(true);
      await checkedIs('unhealthy');
      await engine.perform('kill', target);
      expect(await inspect(target.id)).to.include({ health: 'none', unhealthy_since: null });
      await engine.perform('start', target);
      const again = await checkedIs('unhealthy');
      expect(Date.parse(again.unhealthy_since ?? '')).to.be.at.least(
        Date.parse(again.started_at ?? ''),
      );
      await sick(false);
      await checkedIs('healthy');
    });
  });

  it('lets nobody touch a one-off container of a service', async () => {
    const id = (
      await stack.compose('run', '--detach', '--no-deps', 'tikv0', 'sleep', '1000')
    ).trim();
    try {
      const rows = (await engine.list()).filter((row) => row.service === 'tikv0');
      expect(rows.map((row) => row.untouchable)).to.deep.equal([
        null,
        'a one-off container of `docker compose run`',
      ]);
      expect(rows[1]?.name).to.include('run');
      expect((await inspect(rows[1]?.id ?? '')).untouchable).to.match(/one-off/);
    } finally {
      await stack.docker.docker(['rm', '--force', id]);
    }
  });

  describe('logs', () => {
    it('of a terminal come without what only a terminal understands', async () => {
      const { id } = await find(engine, 'terminal-1');
      expect(
        await eventually('it wrote', async () => orNull(await engine.logs(id, 10))),
      ).to.deep.equal(['red plain']);
    });

    it('have both streams of a container', async () => {
      const { id } = await find(engine, 'two-streams-1');
      const lines = await eventually('both came', async () => {
        const found = await engine.logs(id, 10);
        return found.length === 2 && found;
      });
      expect(lines).to.have.members(['out', 'err']);
      expect(await engine.logs(id, 1)).to.have.length(1);
      expect(await engine.logs(id, 0)).to.deep.equal([]);
    });

    it('of nobody are empty', async () =>
      expect(await engine.logs('f'.repeat(64), 5)).to.deep.equal([]));
  });

  it('sees its own container by what a process in it sees', async () => {
    const look = `cat /proc/self/cgroup; echo ---; cat /proc/self/mountinfo; echo ---; hostname`;
    for (const more of [[], ['--hostname', 'shop']]) {
      const name = stack.docker.project('self');
      const words = [
        'run',
        '--name',
        name,
        ...more,
        '--label',
        `com.docker.compose.project=${name}`,
        stack.env.IMAGE ?? '',
        'sh',
        '-c',
        look,
      ];
      const [cgroup = '', mountinfo = '', hostName = ''] = (await stack.docker.docker(words)).split(
        '---\n',
      );
      const id = await stack.docker.docker(['inspect', '--format', '{{.Id}}', name]);
      await stack.docker.docker(['rm', name]);
      expect(containerIdIn(cgroup, '', '')).to.be.oneOf([id, null]); // Null in version 2 of control groups.
      expect(containerIdIn('', mountinfo, '')).to.equal(id);
      expect(containerIdIn('', '', hostName.trim())).to.equal(
        more.length === 0 ? id.slice(0, 12) : null,
      );
    }
  });
});

const orNull = <T>(list: T[]) => (list.length > 0 ? list : null);
