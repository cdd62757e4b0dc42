/** The contract of the ability `existence` on a real engine: what is made anew is held against what was there, field by field. */
import { expect } from 'chai';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import type { Ability } from '../../src/engine/engine.ts';
import type { LiveEffect } from '../../src/fault/effect.ts';
import { type Instance, label } from '../../src/fault/instance.ts';
import { EngineError } from '../../src/terms/outcomes.ts';
import { testDocker } from '../docker/docker.ts';
import { eventually, rejection } from './contract.ts';
import { type DockerStack, effectOf, find, makeDockerStack } from './docker-stack.ts';

describe('removal on the Compose engine', function () {
  this.timeout(120_000);
  let stack: DockerStack;
  let existence: Ability;
  let web: Instance;
  let extra: string;

  before(async function () {
    const found = await testDocker();
    if (!found) return this.skip();
    stack = await makeDockerStack(found, 'existence');
    existence = stack.engine.abilities.existence as Ability;
    extra = `${stack.project}_extra`;
    await network();
    const { id } = await find(stack.engine, 'web-1');
    await docker('network', 'connect', '--ip', await addressIn(extra), extra, id);
  });
  beforeEach(async () => {
    web = await eventually('web runs', async () => {
      const now = await find(stack.engine, 'web-1').catch(() => null);
      return now?.state === 'running' && now;
    });
  });
  afterEach(async () => {
    expect(await spares()).to.equal('');
  });
  after(async () => {
    await stack?.cleanup();
    if (extra) await docker('network', 'rm', extra).catch(() => {});
  });

  const docker = (...args: string[]) => stack.docker.docker(args);
  const spares = () =>
    docker('ps', '--all', '--quiet', '--filter', `label=gameday.spare-for=${web.id}`);
  const gone = (): LiveEffect => ({
    fault: 'f1',
    target: web,
    effect: effectOf('remove'),
    deadline: null,
  });
  const isThere = async () => (await stack.engine.list()).some((row) => label(row) === 'web-1');
  const volumesOf = async (id: string) => {
    const [{ Mounts }] = JSON.parse(await docker('inspect', id));
    return Mounts.flatMap(({ Type, Name }: any) => (Type === 'volume' ? Name : [])).sort();
  };
  /** In a subnet that no other network of the machine happens to have. */
  async function network(): Promise<void> {
    for (let number = 1; ; number++) {
      const make = ['network', 'create', '--subnet', `10.250.${number}.0/24`, extra];
      const made = await docker(...make).then(
        () => true,
        (error: Error) => {
          if (number > 50) throw error;
          return false;
        },
      );
      if (made) return;
    }
  }
  const addressIn = async (name: string) =>
    (
      await docker('network', 'inspect', '--format', '{{(index .IPAM.Config 0).Subnet}}', name)
    ).replace('0/24', '77');

  /** All that a user set, without what is the engine's own for each container. */
  async function configuration(): Promise<object> {
    const { id } = await find(stack.engine, 'web-1');
    const [one] = JSON.parse(await docker('inspect', id));
    const networks = Object.entries<any>(one.NetworkSettings.Networks).map(([name, end]) => [
      name,
      {
        aliases: [...(end.Aliases ?? [])]
          .filter((alias: string) => alias !== id.slice(0, 12))
          .sort(),
        asked: end.IPAMConfig?.IPv4Address ?? null,
      },
    ]);
    const mounts = one.Mounts.map(({ Type, Name, Source, Destination, RW }: any) => ({
      Type,
      Name,
      Source,
      Destination,
      RW,
    }));
    const byPlace = (a: any, b: any) => (a.Destination < b.Destination ? -1 : 1);
    const { Binds, Mounts, ...host } = one.HostConfig;
    return {
      image: one.Image,
      name: one.Name,
      config: one.Config,
      host,
      mounts: mounts.sort(byPlace),
      networks: Object.fromEntries(networks.sort()),
    };
  }

  it('takes it away, and makes it anew with all that it had', async () => {
    await docker('exec', web.id, 'sh', '-c', 'echo kept >/anonymous/file');
    const before = await configuration();
    const volumes = await volumesOf(web.id);
    expect(await existence.whyNot(web, effectOf('remove'))).to.equal(null);
    await existence.set(web, [gone()]);
    expect(await isThere()).to.equal(false);
    expect(await stack.engine.inspect(web.id)).to.equal(null);
    expect((await spares()).split('\n')).to.have.length(1);
    expect(await volumesOf(await spares()), 'no volume is made for the copy').to.deep.equal(
      volumes,
    );
    await existence.set(web, [gone()]); // Again, as after a death.
    expect((await spares()).split('\n')).to.have.length(1);
    await existence.set(web, [], [gone()]);
    const now = await find(stack.engine, 'web-1');
    expect(now.state).to.equal('running');
    expect(now.id).not.to.equal(web.id);
    expect(await configuration()).to.deep.equal(before);
    expect(await docker('exec', now.id, 'cat', '/anonymous/file')).to.equal('kept');
    // Compose itself takes it for its own, and for up to date.
    await stack.compose('up', '--detach', '--no-deps', 'web');
    expect((await find(stack.engine, 'web-1')).id).to.equal(now.id);
  });

  it('leaves nothing where it did not come to the deed, nor where it is undone twice', async () => {
    await existence.set(web, [gone()]);
    await existence.set(web, [], [gone()]);
    const made = await find(stack.engine, 'web-1');
    await existence.set(web, [], [gone()]);
    expect((await find(stack.engine, 'web-1')).id).to.equal(made.id);
    web = made;
    await existence.set(web, [], [gone()]);
    expect((await stack.engine.inspect(web.id))?.incarnation).to.equal(made.incarnation);
  });

  it('finishes what an undo that was killed had begun', async () => {
    const before: any = await configuration();
    await existence.set(web, [gone()]);
    // As if it had died between making and starting: it is on one of its networks, and does not run.
    const [{ Config, HostConfig }] = JSON.parse(await docker('inspect', await spares()));
    const { name, labels } = JSON.parse(Config.Labels['gameday.kept']);
    const words = Object.entries(labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]);
    const half = ['--name', name, ...words, '--network', HostConfig.NetworkMode, Config.Image];
    await docker('create', ...half, 'sleep', '1000');
    await existence.set(web, [], [gone()]);
    expect((await find(stack.engine, 'web-1')).state).to.equal('running');
    const now: any = await configuration();
    expect(Object.keys(now.networks)).to.deep.equal(Object.keys(before.networks));
    await stack.compose('up', '--detach', '--no-deps', '--force-recreate', '--timeout', '0', 'web');
  });

  it('leaves what somebody made in its place meanwhile', async () => {
    await existence.set(web, [gone()]);
    await stack.compose('up', '--detach', '--no-deps', 'web');
    const theirs = await find(stack.engine, 'web-1');
    await existence.set(web, [], [gone()]);
    expect((await find(stack.engine, 'web-1')).id).to.equal(theirs.id);
  });

  it('says so where its copy was removed by somebody', async () => {
    await existence.set(web, [gone()]);
    await docker('rm', await spares());
    const error = await rejection(existence.set(web, [], [gone()]));
    expect(error).to.be.instanceOf(EngineError).with.property('definite', true);
    expect((error as EngineError).next).to.equal('docker compose up -d web');
    await stack.compose('up', '--detach', '--no-deps', 'web');
  });

  it('is refused where the engine removes it by itself, and where it has links', async () => {
    const image = await stack.docker.image('busybox');
    const made = async (service: string, ...how: string[]) => {
      const labels = { project: stack.project, service, 'container-number': 1, oneoff: 'False' };
      const words = Object.entries(labels).map(
        ([key, value]) => `--label=com.docker.compose.${key}=${value}`,
      );
      await docker('run', '--detach', ...words, ...how, image, 'sleep', '1000');
      return find(stack.engine, `${service}-1`);
    };
    const brief = await made('brief', '--rm');
    const linked = await made('linked', `--link=${brief.id}:brief`);
    const why = async (target: Instance) =>
      (await existence.whyNot(target, effectOf('remove')))?.why;
    try {
      expect(await why(brief)).to.match(/removes it with all its volumes when it ends \(--rm\)/);
      expect(await why(linked)).to.equal('it has links, which cannot be made again');
    } finally {
      await docker('rm', '--force', brief.id, linked.id);
    }
  });

  it('is refused where another container has its network', async () => {
    const lender = await find(stack.engine, 'lender-1');
    expect((await existence.whyNot(lender, effectOf('remove')))?.why).to.match(
      /borrower-1 has its network, which would go with it/,
    );
  });
});
