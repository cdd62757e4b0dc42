/** `fault list --all-containers` on a real engine: what somebody did to containers with the docker program is told, by name. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { testDocker } from '../docker/docker.ts';
import { createStray } from '../docker/stray.ts';
import { expectExit, makeFolder, processStory } from './cli.ts';
import { bringUp, type Stack } from './compose-stack.ts';

const NOW = ['--countdown', '0'];
const INSIST = ['--overrule', 'last_healthy,max_unavailable'];

interface Told {
  finding: string;
  text: string;
  faults: string[];
}

describe('fault list --all-containers', function () {
  this.timeout(120_000);
  let stack: Stack;
  let image: string;
  const made: string[] = [];

  before(async function () {
    const docker = await testDocker();
    if (!docker) return this.skip();
    image = await docker.image('busybox');
    const sleep = { image, init: true, command: ['sleep', '100000'], stop_grace_period: '0s' };
    stack = await bringUp(
      docker,
      'allc',
      () => ({
        web: { ...sleep, scale: 2, networks: { default: { aliases: ['shop'] } } },
        limited: {
          ...sleep,
          deploy: { resources: { limits: { cpus: '0.5', memory: '64m' } } },
          restart: 'on-failure:3',
        },
        kept: { ...sleep, restart: 'unless-stopped' },
        alone: { ...sleep, network_mode: 'none' },
        job: { image, command: ['true'] },
        waiting: { ...sleep, depends_on: { job: { condition: 'service_completed_successfully' } } },
        other: { ...sleep, profiles: ['rarely'] },
      }),
      { isWaited: false },
    );
  });
  after(async () => {
    if (made.length > 0) await stack.docker.docker(['rm', '-f', ...made]).catch(() => {});
    await stack?.cleanup();
  });

  const docker = (...args: string[]) => stack.docker.docker(args);
  const compare = async () =>
    JSON.parse((await stack.run(0, 'fault', 'list', '--all-containers', '--json')).stdout)
      .containers;
  const differencesOf = async (label: string): Promise<Told[]> =>
    (await compare()).instances.find((each: { label: string }) => each.label === label).differences;
  const findingsOf = async (label: string) =>
    (await differencesOf(label)).map(({ finding }) => finding);
  const idOf = async (label: string) => (await stack.look())[label]?.id as string;

  it('has nothing to say of a stack that is as it was made', async () => {
    const { instances, compared_with } = await compare();
    expect(compared_with).to.equal('compose.yaml');
    expect(instances.map(({ label }: { label: string }) => label)).to.deep.equal([
      'alone-1',
      'job-1',
      'kept-1',
      'limited-1',
      'waiting-1',
      'web-1',
      'web-2',
    ]);
    for (const each of instances) expect(each.differences, each.label).to.deep.equal([]);
    const { stdout } = await stack.run(0, 'fault', 'list', '--all-containers');
    expect(stdout).to.include('7 containers, compared with compose.yaml: each as it was made.');
  });

  it('does not ask for what nobody asked for', async () => {
    const { stdout } = await stack.run(0, 'fault', 'list', '--json');
    expect(JSON.parse(stdout).containers).to.equal(null);
  });

  it('tells what was paused, and whether a fault did it', async () => {
    await docker('pause', await idOf('web-1'));
    try {
      await stack.run(0, 'fault', 'inject', 'pause', 'web-2', ...NOW, ...INSIST);
      expect(await differencesOf('web-1')).to.deep.equal([
        { finding: 'paused', text: 'is paused', faults: [] },
      ]);
      expect(await differencesOf('web-2')).to.deep.equal([
        { finding: 'paused', text: 'is paused', faults: ['f1'] },
      ]);
      const { stdout } = await stack.run(0, 'fault', 'list', '--all-containers');
      expect(stdout).to.match(/web-1 \(\S+\)\n {4}is paused\n/);
      expect(stdout).to.match(/web-2 \(\S+\)\n {4}is paused {2}\[f1\]\n/);
    } finally {
      await docker('unpause', await idOf('web-1'));
      await stack.run(0, 'fault', 'recover');
    }
    expect(await findingsOf('web-1')).to.deep.equal([]);
  });

  it('tells what was stopped by hand, where the policy leaves no doubt, and what just ended', async () => {
    for (const label of ['kept-1', 'waiting-1']) await docker('stop', '-t', '0', await idOf(label));
    try {
      const [kept] = await differencesOf('kept-1');
      expect(kept?.finding).to.equal('stopped');
      expect(kept?.text).to.match(/^was stopped by hand: .*"unless-stopped" would have started it/);
      expect(await findingsOf('waiting-1')).to.deep.equal(['ended']);
      expect(await findingsOf('job-1')).to.deep.equal([]);
    } finally {
      for (const label of ['kept-1', 'waiting-1']) await docker('start', await idOf(label));
    }
  });

  it('tells limits and policies that the file does not have', async () => {
    await docker('update', '--cpus', '0.25', await idOf('web-1'));
    await docker('update', '--cpus', '2', '--restart', 'always', await idOf('limited-1'));
    expect(await differencesOf('web-1')).to.deep.equal([
      {
        finding: 'limits',
        text: 'may use 0.25 processors, and the Compose file sets no limit',
        faults: [],
      },
    ]);
    expect((await differencesOf('limited-1')).map(({ text }) => text)).to.deep.equal([
      'may use 2 processors, and the Compose file says 0.5 processors',
      'has the restart policy "always", and the Compose file says "on-failure"',
    ]);
    await stack.compose('up', '--detach', '--force-recreate', 'web', 'limited');
  });

  it('tells networks and names that were lost, and networks that came', async () => {
    const [web, kept] = [await idOf('web-1'), await idOf('kept-1')];
    const network = `${stack.project}_default`;
    const strange = `${stack.project}_strange`;
    await docker('network', 'create', strange);
    try {
      await docker('network', 'disconnect', network, web);
      await docker('network', 'connect', strange, kept);
      expect(await findingsOf('web-1')).to.deep.equal(['network_missing']);
      expect(await findingsOf('kept-1')).to.deep.equal(['network_added']);
      await docker('network', 'connect', '--alias', 'web', network, web);
      expect((await differencesOf('web-1')).map(({ text }) => text)).to.deep.equal([
        `is not known as shop on the network ${network}`,
      ]);
    } finally {
      await docker('network', 'disconnect', strange, kept).catch(() => {});
      await docker('network', 'rm', strange).catch(() => {});
      await stack.compose('up', '--detach', '--force-recreate', 'web');
    }
  });

  it('tells what another tool runs in the network of a container, and what a killed gameday left', async () => {
    const web = await idOf('web-1');
    const guest = await docker(
      'run',
      '-d',
      '--network',
      `container:${web}`,
      image,
      'sleep',
      '1000',
    );
    made.push(guest);
    const options = ['--network', `container:${web}`];
    const left = await createStray(stack.docker.docker, { image, target: web, options });
    made.push(left);
    expect(await findingsOf('web-1')).to.deep.equal(['network_shared']);
    const about = (await compare()).beside.map((each: { about: string }) => each.about);
    expect(about).to.include(left.slice(0, 12));
    const { stdout } = await stack.run(0, 'fault', 'list', '--all-containers');
    expect(stdout).to.include('story doctor --fix');
  });

  it('tells rules in the network that no live fault explains, ours and those of others', async () => {
    const tools = await stack.docker.image('tools');
    stack.folder.write(
      'gameday.yaml',
      `name: rules\ntools: { image: "${tools}" }\nchapters: [{ title: Welcome }]\n`,
    );
    const looked = async () => {
      const args = ['fault', 'list', '--all-containers', '--rules', '--json'];
      const { containers } = (await stack.run(0, ...args)).json;
      const web = containers.instances.find((each: { label: string }) => each.label === 'web-1');
      return web.differences.filter((each: Told) => each.finding === 'rules');
    };
    const web = await idOf('web-1');
    const beside = ['run', '--rm', '--cap-add', 'NET_ADMIN', '--network', `container:${web}`];
    const script = (text: string) =>
      docker(...beside, '--entrypoint', '/bin/sh', tools, '-c', text);
    const nft = (rules: string) => script(`/usr/sbin/nft '${rules}'`);
    const tc = (words: string) => script(`/usr/sbin/tc qdisc ${words}`);
    await stack.run(0, 'fault', 'inject', 'loss', 'web-1', '--share', '10%', ...NOW, ...INSIST);
    const said = await stack.run(0, 'fault', 'list', '--json');
    const { id } = said.json.faults[0];
    const text = `has rules of ${id} in its network`;
    try {
      expect(await looked()).to.deep.equal([{ finding: 'rules', text, faults: [id] }]);
      await stack.run(0, 'fault', 'recover', '--close', 'to see what is left');
      expect(await looked()).to.deep.equal([{ finding: 'rules', text, faults: [] }]);
      await nft('delete table inet gameday');
      await nft('add table ip filter; add chain ip filter own; add rule ip filter own counter');
      expect(await looked()).to.deep.equal([
        { finding: 'rules', text: 'has rules of others in its network: ip filter', faults: [] },
      ]);
      await nft('delete table ip filter');
      await tc('add dev eth0 root handle 5: htb');
      expect(await looked()).to.deep.equal([
        { finding: 'rules', text: 'has a queue of others on eth0: htb', faults: [] },
      ]);
    } finally {
      await nft('delete table ip filter').catch(() => {});
      await tc('del dev eth0 root').catch(() => {});
      await nft('delete table inet gameday').catch(() => {});
    }
    expect(await looked()).to.deep.equal([]);
  });

  it('counts the containers that are missing, and not those of a profile that nobody asked for', async () => {
    await docker('rm', '-f', await idOf('web-2'));
    const { beside } = await compare();
    const missing = beside.filter((each: Told) => each.finding === 'container_missing');
    expect(missing).to.deep.equal([
      {
        finding: 'container_missing',
        service: 'web',
        about: 'web',
        text: 'has 1 of 2 containers',
        faults: [],
      },
    ]);
  });

  it('says what it could not compare where the Compose file is gone', async () => {
    rmSync(join(stack.folder.path, 'compose.yaml'));
    const { stdout } = await stack.run(
      0,
      'fault',
      'list',
      '--all-containers',
      '--json',
      '--project',
      stack.project,
    );
    const { containers } = JSON.parse(stdout);
    expect(containers.compared_with).to.equal('the labels of the containers');
    expect(containers.not_looked_at[0]).to.match(/^Limits, restart policies/);
  });

  it('refuses plainly where the engine has no containers', async () => {
    const folder = makeFolder({ 'gameday.yaml': await processStory('  - { title: Welcome }\n') });
    try {
      const args = ['fault', 'list', '--all-containers'];
      const { stderr } = await expectExit(2, args, { cwd: folder.path });
      expect(stderr).to.include('The engine process').and.to.include('no containers');
    } finally {
      await folder.cleanup();
    }
  });
});
