/** Commands on real Compose stacks, where the engine itself says what became of the containers. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, afterEach, before, describe, it } from 'mocha';
import { testDocker } from '../docker/docker.ts';
import { events, expectExit, gameday, makeFolder, until } from './cli.ts';
import { bringUp, type Seen, type Stack } from './compose-stack.ts';

const NOW = ['--countdown', '0'];

/** Labels of containers that are not as they were. */
function touched(before: Record<string, Seen>, now: Record<string, Seen>): string[] {
  return Object.keys(before).filter(
    (label) => JSON.stringify(before[label]) !== JSON.stringify(now[label]),
  );
}

const LIVES = { command: ['sh', '-c', "trap 'exit 0' TERM; while :; do sleep 0.1; done"] };

describe('on a Compose stack, with no story at all', function () {
  this.timeout(120_000);
  let stack: Stack;

  before(async function () {
    const docker = await testDocker();
    if (!docker) return this.skip();
    stack = await bringUp(docker, 'commands', (image) => ({
      web: {
        image,
        ...LIVES,
        scale: 2,
        healthcheck: { test: ['CMD', 'true'], interval: '300ms', retries: 2 },
      },
      keeper: { image, ...LIVES, restart: 'always' },
      redis: { image, ...LIVES },
    }));
  });
  afterEach(async () => {
    await stack.run(0, 'fault', 'recover', '--wait');
  });
  after(() => stack?.cleanup());

  it('kills one of a service, and brings back exactly that one, healthy', async () => {
    const before = await stack.look();
    const ended = await stack.run(0, 'fault', 'inject', 'kill', 'web', ...NOW, '--json');
    const { label, id } = ended.json.fault.targets[0];
    expect(label).to.match(/^web-[12]$/);
    const broken = await stack.look();
    expect(touched(before, broken)).to.deep.equal([label]);
    expect(broken[label]).to.include({ id, state: 'exited' });
    const listed = await stack.run(0, 'fault', 'list', '--json');
    expect(listed.json.faults[0].drift).to.deep.equal([
      { target: label, finding: 'in_force', text: '' },
    ]);
    expect((await stack.run(0, 'fault', 'recover')).stdout).to.include(
      `f1 recovered: ${label} started, healthy`,
    );
    const whole = await stack.look();
    expect(Object.keys(whole), 'no helper is left').to.have.members(Object.keys(before));
    expect(touched(before, whole)).to.deep.equal([label]);
    expect(whole[label]).to.include({ id, state: 'running' });
  });

  it('ends a recovery well that waited for the watchdog, which left nothing to recover', async () => {
    await stack.run(0, 'fault', 'inject', 'kill', 'web-1', '--duration', '2s', ...NOW);
    const current = readFileSync(join(stack.folder.path, '.gameday', 'current'), 'utf8').trim();
    const types = () => events(stack.folder.path, current).map(({ type }) => type);
    await until('the watchdog to begin', () => types().includes('fault.recovering'));
    await stack.run(0, 'fault', 'recover', '--wait');
    expect(types().filter((type) => type === 'fault.recovering')).to.have.length(1);
    expect(types().at(-1)).to.equal('fault.recovered');
  });

  it('pauses, stops and crashes; each is undone, and nothing else is touched', async () => {
    const before = await stack.look();
    await stack.run(0, 'fault', 'inject', 'pause', 'redis', ...NOW);
    await stack.run(0, 'fault', 'inject', 'stop', 'web-2', ...NOW);
    const broken = await stack.look();
    expect([broken['redis-1']?.state, broken['web-2']?.state]).to.deep.equal(['paused', 'exited']);
    await stack.run(0, 'fault', 'inject', 'crash', 'keeper', ...NOW);
    await until('the restart policy', async () => (await stack.look())['keeper-1']?.restarts === 1);
    const listed = await stack.run(0, 'fault', 'list', '--json');
    expect(listed.json.faults.map((fault: any) => fault.drift[0].finding)).to.deep.equal([
      'in_force',
      'in_force',
      'revived',
    ]);
    expect((await stack.run(0, 'fault', 'recover')).stdout).to.match(
      /keeper-1 was brought back by its restart policy "always"/,
    );
    const whole = await stack.look();
    expect(touched(before, whole).sort(), 'web-1 was not').to.deep.equal(['keeper-1', 'web-2']);
    expect(Object.values(whole).map((one) => one.state)).to.deep.equal(
      Object.keys(before).map(() => 'running'),
    );
    expect(whole['redis-1']).to.deep.equal(before['redis-1']);
    await until(
      'helpers to be gone',
      async () =>
        (await stack.docker.docker(['ps', '-aq', '--filter', 'label=gameday.made-for'])) === '',
    );
  });

  it('sees that somebody restarted a target by hand, and says so', async () => {
    await stack.run(0, 'fault', 'inject', 'kill', 'redis', ...NOW);
    await stack.docker.docker(['start', (await stack.look())['redis-1']?.id as string]);
    const listed = await stack.run(0, 'fault', 'list');
    expect(listed.stdout).to.match(/drift: somebody restarted redis-1 at/);
    const { json } = await stack.run(0, 'fault', 'list', '--json');
    expect(json.faults[0].drift[0].finding).to.equal('restarted');
    const before = await stack.look();
    expect((await stack.run(0, 'fault', 'recover')).stdout).to.match(
      /recovered: somebody restarted redis-1/,
    );
    expect(await stack.look()).to.deep.equal(before);
  });

  it('sees that a target was recreated, and recovers', async () => {
    await stack.run(0, 'fault', 'inject', 'kill', 'redis', ...NOW);
    await stack.compose('up', '--detach', '--force-recreate', '--no-deps', 'redis');
    const { json } = await stack.run(0, 'fault', 'list', '--json');
    const { id } = (await stack.look())['redis-1'] as Seen;
    expect(json.faults[0].drift[0]).to.include({
      finding: 'recreated',
      text: `redis-1 was recreated as ${id.slice(0, 12)}, which is running`,
    });
    expect((await stack.run(0, 'fault', 'recover')).stdout).to.match(
      /redis-1 was recreated by somebody as [0-9a-f]{12}, running/,
    );
  });

  it('cannot mend a target that was removed, says how to go on, and can give it up', async () => {
    await stack.run(0, 'fault', 'inject', 'kill', 'redis', ...NOW);
    await stack.compose('rm', '--force', 'redis');
    expect(
      (await stack.run(0, 'fault', 'list', '--json')).json.faults[0].drift[0].finding,
    ).to.equal('removed');
    const refused = await stack.run(9, 'fault', 'recover', '--json');
    const [{ id }] = (await stack.run(0, 'fault', 'list', '--json')).json.faults;
    expect(refused.json.error).to.include({ code: 'not_verified', exit: 9 });
    expect(refused.json.error.next)
      .to.include(`fault recover ${id} --close "removed by hand"`)
      .and.include('docker compose up -d redis');
    expect(refused.json.error.live).to.deep.equal([`${id}: kill redis-1`]);
    const closed = await stack.run(
      0,
      'fault',
      'recover',
      id,
      '--close',
      'removed by hand',
      '--json',
    );
    expect(closed.json.faults[0]).to.include({ outcome: 'closed', reason: 'removed by hand' });
    await stack.compose('up', '--detach', '--no-deps', 'redis');
  });

  it('is found from elsewhere by file and project, and recovers there without a flag', async () => {
    const other = makeFolder();
    const run = (code: number, ...args: string[]) =>
      expectExit(code, args, { cwd: other.path, env: stack.docker.env });
    try {
      const flags = [
        '--compose-file',
        join(stack.folder.path, 'compose.yaml'),
        '--project',
        stack.project,
      ];
      const before = await stack.look();
      expect(
        (await run(0, 'fault', 'inject', 'kill', 'redis', '--dry-run', ...flags)).stdout,
      ).to.include(`${stack.project}-redis-1`);
      await run(0, 'fault', 'inject', 'kill', 'redis', ...NOW, ...flags);
      expect((await run(0, 'fault', 'list')).stdout).to.match(/^f1: kill redis-1 {2}injected/);
      // Another stack has a state of its own, in which there is no run.
      const stranger = await run(0, 'fault', 'recover', '--project', 'another', '--json');
      expect(stranger.json.run).to.equal(null);
      await run(0, 'fault', 'recover');
      expect(touched(before, await stack.look())).to.deep.equal(['redis-1']);
      const byProject = await run(
        0,
        'fault',
        'inject',
        'pause',
        'redis',
        ...NOW,
        '--project',
        stack.project,
        '--json',
      );
      expect(byProject.json.fault.targets[0].name).to.equal(`${stack.project}-redis-1`);
      await run(0, 'fault', 'recover');
    } finally {
      await expectExit(0, ['chapter', 'reset'], { cwd: other.path, env: stack.docker.env });
      await other.cleanup();
    }
  });

  it('says what there is where nothing matches, and that the engine cannot be reached', async () => {
    const missing = await stack.run(5, 'fault', 'inject', 'kill', 'wep', ...NOW, '--json');
    expect(missing.json.error).to.include({ code: 'no_target', next: 'Did you mean `web`?' });
    expect(missing.json.error.message).to.match(/there are keeper, redis, web/);
    const gone = await gameday(['fault', 'inject', 'kill', 'web', ...NOW, '--json'], {
      cwd: stack.folder.path,
      env: { ...stack.docker.env, DOCKER_HOST: 'unix:///nowhere/docker.sock' },
    });
    expect(gone.code, gone.stdout).to.equal(6);
    expect(gone.json.error.message).to.include('/nowhere/docker.sock');
    expect(gone.json.error.next).not.to.equal('');
    await stack.run(0, 'fault', 'inject', 'pause', 'redis', ...NOW);
    const blind = await gameday(['fault', 'list'], {
      cwd: stack.folder.path,
      env: { ...stack.docker.env, DOCKER_HOST: 'unix:///nowhere/docker.sock' },
    });
    expect(blind.code).to.equal(0);
    expect(blind.stdout)
      .to.match(/^f\d+: pause redis-1/)
      .and.include('The engine could not be asked, so this is the journal alone');
  });

  it('mends with a story that was broken or removed in the meantime, and says so', async () => {
    const own = join(stack.folder.path, 'own');
    mkdirSync(own);
    const story = `compose: { files: [../compose.yaml], project: ${stack.project} }\nchapters: [ { title: One } ]\n`;
    stack.folder.write('own/gameday.yaml', story);
    const run = (code: number, ...args: string[]) =>
      expectExit(code, args, { cwd: own, env: stack.docker.env });
    for (const [text, code] of [
      ['chapters: [', 'invalid_story'],
      [null, 'story_not_found'],
    ] as const) {
      await run(0, 'fault', 'inject', 'kill', 'redis', ...NOW, '--duration', '10m');
      if (text === null) rmSync(join(own, 'gameday.yaml'));
      else stack.folder.write('own/gameday.yaml', text);
      expect((await run(0, 'fault', 'list')).stdout).to.match(/^f\d+: kill redis-1 {2}injected/);
      if (text !== null)
        expect(
          (await run(2, 'fault', 'inject', 'kill', 'web', ...NOW, '--json')).json.error.code,
        ).to.equal(code);
      const mended = await run(0, 'fault', 'recover');
      expect(mended.stderr).to.include('What the run broke is recovered without it.');
      expect((await stack.look())['redis-1']?.state).to.equal('running');
      stack.folder.write('own/gameday.yaml', story);
    }
    await run(0, 'chapter', 'reset');
  });
});

describe('on a Compose stack that is down', function () {
  this.timeout(120_000);

  it('matches nothing: exit code 5, and the next step brings it up', async function () {
    const docker = await testDocker();
    if (!docker) return this.skip();
    const stack = await bringUp(docker, 'down', (image) => ({ web: { image, ...LIVES } }));
    try {
      await stack.compose('stop', '--timeout', '0');
      const stopped = (await stack.run(5, 'fault', 'inject', 'kill', 'web', ...NOW, '--json')).json
        .error;
      expect(stopped.message).to.equal('No running instance matches: web-1 is exited.');
      await stack.compose('down');
      const down = (await stack.run(5, 'fault', 'inject', 'kill', 'web', ...NOW, '--json')).json
        .error;
      expect(down).to.include({ code: 'stack_down', exit: 5 });
      expect(down.next).to.include('docker compose up -d');
    } finally {
      await stack.cleanup();
    }
  });
});

describe('on a Compose project whose name holds the name of a service', function () {
  this.timeout(120_000);

  it('never takes a piece of a container name for a service', async function () {
    const docker = await testDocker();
    if (!docker) return this.skip();
    const stack = await bringUp(docker, 'operator-tikv', (image) => ({
      tikv0: { image, ...LIVES },
      tikv1: { image, ...LIVES },
      grafana: { image, ...LIVES },
    }));
    try {
      const before = await stack.look();
      expect(before['grafana-1']?.name).to.include('tikv');
      const none = (await stack.run(5, 'fault', 'inject', 'kill', 'tikv', ...NOW, '--json')).json
        .error;
      expect(none).to.include({ code: 'no_target' });
      expect(none.message).to.match(/No service is called "tikv"; there are grafana, tikv0, tikv1/);
      const hit = (await stack.run(0, 'fault', 'inject', 'kill', 'tikv0', ...NOW, '--json')).json
        .fault.targets[0];
      expect(hit).to.include({
        service: 'tikv0',
        label: 'tikv0-1',
        name: `${stack.project}-tikv0-1`,
      });
      expect(touched(before, await stack.look())).to.deep.equal(['tikv0-1']);
      await stack.run(0, 'fault', 'recover');
    } finally {
      await stack.cleanup();
    }
  });
});
