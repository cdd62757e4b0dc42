/** The engine ends in mid-fault with all that it runs, and comes back: restart policies, limits and namespaces are then otherwise. */
import { expect } from 'chai';
import { after, afterEach, before, describe, it } from 'mocha';
import { type OwnEngine, ownEngine } from '../docker/own-engine.ts';
import { events, gameday, until } from './cli.ts';
import { bringUp, type Stack } from './compose-stack.ts';

const SLEEPS = (image: string) => ({ image, command: ['sleep', '100000'], init: true });
const NOW = ['--countdown', '0', '--overrule', 'last_healthy'];

describe('an engine that is lost in mid-fault and comes back', function () {
  this.timeout(180_000);
  let engine: OwnEngine;
  let stack: Stack;
  let whole: Record<string, string>;
  const inject = (kind: string, ...args: string[]) =>
    stack.run(0, 'fault', 'inject', kind, ...args, ...NOW);
  /** Of each container: that it is the same one, how it stands, and its limit. */
  const picture = async () => {
    const all = Object.entries(await stack.look());
    const one = async ([label, { id, state }]: (typeof all)[number]) => {
      const limits = '{{.HostConfig.NanoCpus}} {{.HostConfig.CpuQuota}}';
      const said = await engine.docker.docker(['inspect', '--format', limits, id]);
      return [label, `${id} ${state} ${said.replace('-1', '0')}`] as const;
    };
    return Object.fromEntries(await Promise.all(all.map(one)));
  };

  before(async function () {
    const made = await ownEngine();
    if (!made) return this.skip();
    engine = made;
    const kept = (image: string) => ({ ...SLEEPS(image), restart: 'unless-stopped' });
    stack = await bringUp(engine.docker, 'lost', (image) => ({
      web: { ...kept(image), deploy: { replicas: 2 } },
      db: kept(image),
      job: SLEEPS(image),
    }));
    const tools = await engine.docker.image('tools');
    stack.folder.write(
      'gameday.yaml',
      `name: lost\ncompose: { project: ${stack.project} }\ntools: { image: "${tools}" }\nblast_radius: { max_unavailable: 100% }\nchapters: [{ title: One }]\n`,
    );
    await stack.run(0, 'chapter', 'next');
    whole = await picture();
  });
  afterEach(async () => {
    if (stack) expect(await picture()).to.deep.equal(whole);
  });
  after(async () => {
    await stack?.cleanup();
    await engine?.cleanup();
  });

  it('says what is left of each fault, and makes everything as it was', async () => {
    await inject('pause', 'web-1');
    await inject('partition', 'web-2', '--from', 'db');
    await inject('cpu', 'db-1', '--cores', '0.5');
    await inject('kill', 'job-1');
    engine.kill();
    const silent = await gameday(['fault', 'recover'], {
      cwd: stack.folder.path,
      env: engine.docker.env,
    });
    expect(silent.code, silent.stderr).to.equal(6);
    await engine.start();
    const { json } = await stack.run(0, 'fault', 'list', '--json');
    expect(json.faults.map(({ id, drift }: any) => [id, drift[0].finding])).to.deep.equal([
      ['f1', 'restarted'],
      ['f2', 'restarted'],
      ['f3', 'in_force'],
      ['f4', 'in_force'],
    ]);
    await stack.run(0, 'fault', 'recover');
  });

  it('ends a fault whose limit passed meanwhile, as soon as it is back', async () => {
    await inject('stop', 'db-1', '--grace', '0s', '--duration', '3s');
    engine.kill();
    const last = events(stack.folder.path).findLast(({ type }) => type === 'fault.injecting');
    await until('the limit to be over', () => Date.now() > Date.parse(last.deadline) + 1000);
    expect(events(stack.folder.path).at(-1).type).to.not.equal('fault.recovered');
    await engine.start();
    // What has no restart policy comes back by nobody, and the stack is not as before until then.
    await engine.docker.docker(['start', (await stack.look())['job-1']?.id as string]);
    const its = (wanted: string) =>
      events(stack.folder.path).findLast(
        ({ type, fault }) => type === wanted && fault === last.fault,
      );
    expect(await until('the recovery', () => its('fault.recovered'))).to.include({
      outcome: 'verified',
    });
    expect(its('fault.recovering').by).to.equal('watchdog');
  });
});
