/** What keeps a fault from its targets, on real containers: labels, the service's other instances, contexts; and what is said before it happens. */
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { testDocker } from '../docker/docker.ts';
import { bringUp, type Stack } from './compose-stack.ts';

const NOW = ['--countdown', '0'];
const SLEEP = (image: string) => ({ image, command: ['sleep', '600'], init: true });

describe('guards, on containers', function () {
  this.timeout(120_000);
  let stack: Stack;
  const inject = (...args: string[]) => ['fault', 'inject', ...args, '--yes', ...NOW];
  const running = async () =>
    Object.entries(await stack.look())
      .filter(([, { state }]) => state === 'running')
      .map(([name]) => name)
      .sort();
  const ALL = ['db-1', 'grafana-1', 'web-1', 'web-2', 'web-3'];

  before(async function () {
    const docker = await testDocker();
    if (!docker) return this.skip();
    stack = await bringUp(docker, 'guards', (image) => ({
      web: { ...SLEEP(image), labels: { tier: 'front' } },
      db: SLEEP(image),
      grafana: { ...SLEEP(image), labels: { 'gameday.protect': 'true' } },
    }));
    // One after the other, so that it is known which is the oldest.
    for (const count of [2, 3])
      await stack.compose('up', '--detach', '--no-recreate', '--scale', `web=${count}`);
  });
  after(() => stack?.cleanup());

  it('refuses more than fewer than half of a service, says so beforehand, and goes on when it is overruled', async () => {
    const { error } = (await stack.run(4, ...inject('kill', 'web', '--count', '2'), '--json')).json;
    expect(error.code).to.equal('max_unavailable');
    expect(error.next).to.include('--overrule max_unavailable');
    const dry = await stack.run(4, 'fault', 'inject', 'kill', 'web', '--count', '2', '--dry-run');
    expect(dry.stdout).to.match(/refused now: With web-\d, web-\d, 2 of 3 instances of web/);
    expect(await running()).to.deep.equal(ALL);
    const two = await stack.run(
      0,
      ...inject('kill', 'web', '--count', '2', '--pick', 'oldest', '--overrule', 'max_unavailable'),
    );
    expect(two.stderr).to.match(/killing web-1, web-2; 1 of 3 is untouched \(no majority\)/);
    expect(await running()).to.deep.equal(['db-1', 'grafana-1', 'web-3']);
    const last = (await stack.run(4, ...inject('pause', 'web-3'), '--json')).json.error;
    expect(last.code).to.equal('last_healthy');
    await stack.run(0, 'fault', 'recover');
    expect(await running()).to.deep.equal(ALL);
  });

  it('takes the one that was made last, and says what is left, in every output', async () => {
    const { plan } = (
      await stack.run(
        0,
        'fault',
        'inject',
        'kill',
        'web',
        '--pick',
        'newest',
        '--dry-run',
        '--json',
      )
    ).json;
    const left = [{ service: 'web', of: 3, untouched: 2, majority: true }];
    expect(plan.steps[0]).to.deep.include({ left, doing: 'killing' });
    expect(plan.steps[0].targets[0].label).to.equal('web-3');
    const { fault } = (await stack.run(0, ...inject('kill', 'web', '--pick', 'newest'), '--json'))
      .json;
    expect(fault.targets[0].label).to.equal('web-3');
    expect(fault.left).to.deep.equal(left);
    await stack.run(0, 'fault', 'recover');
  });

  it('takes what bears a label, or is named as the engine names it, and no leader that nobody names', async () => {
    const dry = async (code: number, ...args: string[]) =>
      (await stack.run(code, 'fault', 'inject', 'kill', ...args, '--dry-run', '--json')).json;
    const [first] = (await dry(0, '--label', 'tier=front', '--pick', 'oldest')).plan.steps;
    expect(first.targets[0].label).to.equal('web-1');
    const { name, id } = first.targets[0];
    for (const word of [name, id, id.slice(0, 12)])
      expect((await dry(0, word)).plan.steps[0].targets[0], word).to.include({ id });
    const { refused } = (await dry(5, '--label', 'tier=frnt')).plan.steps[0];
    expect(refused.next).to.equal('Did you mean `tier=front`?');
    const led = await stack.run(5, ...inject('kill', 'web'), '--pick', 'leader', '--json');
    expect(led.json.error.message).to.equal('The story does not say who leads web.');
    await stack.run(2, ...inject('kill', 'web'), '--pick', 'leader', '--all');
    expect(await running()).to.deep.equal(ALL);
  });

  it('never hits what a label protects, nor what is excluded', async () => {
    const { error } = (await stack.run(4, ...inject('kill', 'grafana'), '--json')).json;
    expect(error).to.deep.include({
      code: 'protected',
      message: 'The label gameday.protect=true protects grafana-1.',
    });
    const { fault } = (
      await stack.run(
        0,
        ...inject('pause', 'web,db', '--count', '50%', '--exclude', 'web'),
        '--json',
      )
    ).json;
    expect(fault.targets.map(({ label }: { label: string }) => label)).to.deep.equal(['db-1']);
    await stack.run(0, 'fault', 'recover');
    await stack.run(5, ...inject('kill', 'web', '--exclude', 'wep'));
    await stack.run(0, ...inject('pause', 'grafana', '--overrule', 'protected'));
    await stack.run(0, 'fault', 'recover');
    expect(await running()).to.deep.equal(ALL);
  });

  it('refuses what the story says looks like production, by label and by address, also in a check', async () => {
    for (const production of ['{ labels: [tier=fr*] }', "{ contexts: ['unix://*'] }"]) {
      stack.folder.write(
        'prod.yaml',
        `compose: { project: ${stack.project} }\nproduction: ${production}\nchapters: [ { title: A, on_enter: [ { inject: { kind: kill, service: db, countdown: 0s } } ] } ]\n`,
      );
      const at = ['--story', 'prod.yaml', '--state-dir', 'prod-state'];
      const { error } = (await stack.run(4, ...inject('kill', 'db'), '--json', ...at)).json;
      expect(error.code).to.equal('production');
      const { error: checked } = (await stack.run(4, 'story', 'check', 'prod.yaml', '--json')).json;
      expect(checked.code).to.equal('production');
      await stack.run(0, ...inject('pause', 'db', '--overrule', 'production'), ...at);
      await stack.run(0, 'fault', 'recover', ...at);
    }
    expect(await running()).to.deep.equal(ALL);
  });
});
