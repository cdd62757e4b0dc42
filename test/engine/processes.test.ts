/** The contract of the ability `processes` on a real engine: what is hit is looked at from the machine's side, by pid. */
import { expect } from 'chai';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import type { Ability } from '../../src/engine/engine.ts';
import type { LiveEffect } from '../../src/fault/effect.ts';
import type { Instance } from '../../src/fault/instance.ts';
import { Refusal } from '../../src/terms/outcomes.ts';
import { testDocker } from '../docker/docker.ts';
import { rejection } from './contract.ts';
import { type DockerStack, effectOf, find, helpersFor, makeDockerStack } from './docker-stack.ts';

describe('processes of the Compose engine', function () {
  this.timeout(120_000);
  let stack: DockerStack;
  let processes: Ability;
  let web: Instance;

  before(async function () {
    const docker = await testDocker();
    if (!docker) return this.skip();
    stack = await makeDockerStack(docker, 'processes');
    const engine = await stack.open({ toolsImage: await docker.image('tools') });
    processes = engine.abilities.processes as Ability;
  });
  beforeEach(async () => {
    web = await find(stack.engine, 'web-1');
  });
  afterEach(async () => {
    expect(await helpersFor(stack, web)).to.deep.equal([]);
  });
  after(() => stack?.cleanup());

  const docker = (...args: string[]) => stack.docker.docker(args);
  /** `pid state began name`, as the target itself sees them. */
  const inside = async ({ id }: Instance) => {
    const script = 'for p in /proc/[0-9]*; do cat $p/stat 2>/dev/null; done';
    return (await docker('exec', id, 'sh', '-c', script)).split('\n').flatMap((line) => {
      const [, pid, name, rest = ''] = /^(\d+) \((.*)\) (.*)$/.exec(line) ?? [];
      const words = rest.split(' ');
      return name === undefined ? [] : [{ pid, name, state: words[0], began: words[19] }];
    });
  };
  const statesOf = async (name: string) =>
    (await inside(web))
      .filter((each) => each.name === name && each.pid !== '1')
      .map((each) => each.state);
  const live = async (
    fault: string,
    written: Record<string, unknown>,
    others: LiveEffect[] = [],
    target = web,
  ): Promise<LiveEffect> => {
    const effect = effectOf('process', written);
    expect(await processes.whyNot(target, effect)).to.equal(null);
    const bound = await processes.bind?.(target, effect, others);
    return { fault, target, effect: bound ?? effect, deadline: null };
  };
  const stateOf = async (each: LiveEffect, meant: LiveEffect[] = [each]) => {
    const now = (await stack.engine.inspect(each.target.id)) as Instance;
    return (await processes.read(now, [each], meant))[0]?.state;
  };

  it('freeze: all of a name and no others, two at once, and exactly these go on', async () => {
    const sleeps = await live('f1', { name: 'sleep' });
    await processes.set(web, [sleeps]);
    expect(await statesOf('sleep')).to.deep.equal(['T', 'T']);
    expect(await statesOf('httpd')).to.deep.equal(['S']);
    const server = await live('f2', { name: 'httpd' }, [sleeps]);
    await processes.set(web, [sleeps, server]);
    expect(await stateOf(sleeps, [sleeps, server])).to.equal('in_force');
    expect(await stateOf(server, [sleeps, server])).to.equal('in_force');
    await processes.set(web, [server], [sleeps]);
    expect(await statesOf('sleep')).to.deep.equal(['S', 'S']);
    expect(await statesOf('httpd')).to.deep.equal(['T']);
    expect(await stateOf(sleeps, [server])).to.equal('absent');
    await processes.set(web, [], [server]);
    expect(await statesOf('httpd')).to.deep.equal(['S']);
  });

  it('freeze: two faults on the same processes, of which one is undone', async () => {
    const first = await live('f1', { name: 'sleep' });
    await processes.set(web, [first]);
    const second = await live('f2', { name: 'sleep' }, [first]);
    await processes.set(web, [first, second]);
    await processes.set(web, [second], [first]);
    expect(await statesOf('sleep')).to.deep.equal(['T', 'T']);
    expect(await stateOf(first, [second])).to.equal('absent');
    await processes.set(web, [], [second]);
    expect(await statesOf('sleep')).to.deep.equal(['S', 'S']);
  });

  it('freeze: leaves alone what somebody had stopped before, and says when nothing is left', async () => {
    const [one] = (await inside(web)).filter(({ name }) => name === 'sleep');
    await docker('exec', web.id, 'kill', '-STOP', String(one?.pid));
    const rest = await live('f1', { name: 'sleep' });
    await processes.set(web, [rest]);
    expect(await statesOf('sleep')).to.deep.equal(['T', 'T']);
    await processes.set(web, [], [rest]);
    expect((await statesOf('sleep')).toSorted()).to.deep.equal(['S', 'T']);
    const pids = (await inside(web))
      .filter(({ name }) => name === 'sleep')
      .map(({ pid }) => pid as string);
    await docker('exec', web.id, 'kill', '-STOP', ...pids);
    const error = await rejection(live('f1', { name: 'sleep' }));
    expect(error)
      .to.be.instanceOf(Refusal)
      .with.property('message')
      .that.matches(/stopped already/);
    await docker('exec', web.id, 'kill', '-CONT', ...pids);
  });

  it('freeze: is gone with a restart of the target, whose new processes are left alone', async () => {
    const old = await live('f1', { name: 'sleep' });
    await processes.set(web, [old]);
    await docker('restart', '--time', '0', web.id);
    expect(await stateOf(old)).to.equal('absent');
    await processes.set(web, [old]);
    await processes.set(web, [], [old]);
    expect(await statesOf('sleep')).to.deep.equal(['S', 'S']);
  });

  it('kill: hits once, and is over when the target has started as many again', async () => {
    const before = (await inside(web)).find(({ name }) => name === 'httpd');
    const killed = await live('f1', { name: 'httpd', how: 'kill' });
    await processes.set(web, [killed]);
    expect(await stateOf(killed)).to.equal('in_force');
    await processes.set(web, [killed]); // What came instead is not hit.
    await processes.set(web, [], [killed]);
    const now = (await inside(web)).find(({ name }) => name === 'httpd');
    expect(now?.began).not.to.equal(before?.began);
    expect(await stateOf(killed, [])).to.equal('absent');
    expect((await stack.engine.inspect(web.id))?.incarnation).to.equal(web.incarnation);
  });

  it('kill: restarts a target in which nothing starts it again', async () => {
    const bare = await find(stack.engine, 'bare-1');
    const killed = await live('f1', { name: 'sleep', how: 'kill' }, [], bare);
    await processes.set(bare, [killed]);
    expect(await stateOf(killed, [])).to.equal('in_force');
    await processes.set(bare, [], [killed]);
    const now = (await stack.engine.inspect(bare.id)) as Instance;
    expect(now.incarnation).not.to.equal(bare.incarnation);
    expect((await inside(now)).map(({ name }) => name)).to.include('sleep');
    expect(await stateOf(killed, [])).to.equal('absent');
  });

  it('hits no process of `docker exec`, nor one of a helper, and never the first one', async () => {
    const exec = docker('exec', web.id, 'sh', '-c', 'sleep 3; echo whole');
    const all = await live('f1', { name: 'sleep' });
    expect(all.effect.hit).to.have.length(2);
    await processes.set(web, [all]);
    expect(await exec).to.equal('whole');
    await processes.set(web, [], [all]);
    const first = await processes.whyNot(web, effectOf('process', { name: 'sh' }));
    expect(first?.why).to.match(/beside its first one, is called "sh"; there are httpd, sleep/);
  });

  it('is refused on a target that has the processes of its machine', async () => {
    const host = await find(stack.engine, 'host-1');
    expect((await processes.whyNot(host, effectOf('process', { name: 'sleep' })))?.why).to.match(
      /shares its processes with others \(pid: host\)/,
    );
  });
});
