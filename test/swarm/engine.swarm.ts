import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, afterEach, before, describe, it } from 'mocha';
import * as v from 'valibot';
import {
  openSwarmEngine,
  type SwarmEngine,
  type SwarmEngineOptions,
} from '../../src/engine/swarm/swarm.ts';
import type { Effect, LiveEffect } from '../../src/fault/effect.ts';
import { type Instance, InstanceSchema, label } from '../../src/fault/instance.ts';
import { EngineError } from '../../src/terms/outcomes.ts';
import { eventually, rejection } from '../engine/contract.ts';
import { refusal } from '../engine/docker-stack.ts';
import { type Cluster, testCluster } from './cluster.ts';

const STACK = 'shop';

describe('the swarm engine, on three nodes', function () {
  this.timeout(120_000);
  let cluster: Cluster;
  let engine: SwarmEngine;
  const opened: SwarmEngine[] = [];

  before(async function () {
    const made = await testCluster(STACK);
    if (!made) return this.skip();
    cluster = made;
    // It is not in the file, since nothing would bring it back after a test.
    const lone = ['--name', `${STACK}_lone`, '--label', `com.docker.stack.namespace=${STACK}`];
    const container = ['--container-label', `com.docker.stack.namespace=${STACK}`];
    const image = await cluster.docker(1, 'images', '--format', '{{.Repository}}:{{.Tag}}');
    await cluster.docker(
      1,
      ...['service', 'create', '--detach', '--no-resolve-image', '--restart-condition', 'none'],
      ...['--endpoint-mode', 'dnsrr', ...lone, ...container],
      ...[image.split('\n')[0] as string, 'sleep', '100000'],
    );
    engine = await open();
    await eventually('it runs', async () =>
      (await engine.list()).some(({ service, state }) => service === 'lone' && state === 'running'),
    );
  });
  afterEach(async () => {
    for (const each of opened.splice(1)) each.close();
    await cluster?.settled();
  });
  after(async () => {
    for (const each of opened) each.close();
    await cluster?.cleanup();
  });

  async function open(options: Partial<SwarmEngineOptions> = {}): Promise<SwarmEngine> {
    const made = await openSwarmEngine({
      cwd: tmpdir(),
      stack: STACK,
      context: 'node1',
      nodes: {},
      allowRemote: false,
      env: cluster.env,
      ...options,
    });
    opened.push(made);
    return made;
  }

  async function find(wanted: string): Promise<Instance> {
    const row = (await engine.list()).find(
      (each) => label(each) === wanted && each.untouchable === null,
    );
    const found = row && (await engine.inspect(row.id));
    if (!found) throw new Error(`there is no ${wanted}`);
    return found;
  }

  const live = (target: Instance, effect: Effect): LiveEffect => ({
    fault: 'f1',
    target,
    effect,
    deadline: null,
  });
  const abilityOf = (effect: Effect) => {
    const found = engine.abilities[effect.on];
    if (!found) throw new Error(`no ability ${effect.on}`);
    return found;
  };
  const doTo = (target: Instance, effect: Effect) =>
    abilityOf(effect).set(target, [live(target, effect)]);
  const undo = (target: Instance, on: string) => abilityOf({ on }).set(target, []);

  /** The orchestrator has given the target up, and another task in its place runs. */
  const replaced = (target: Instance) =>
    eventually(`${label(target)} is replaced`, async () => {
      if (await engine.inspect(target.id)) return false;
      const now = (await engine.list()).find((row) => label(row) === label(target));
      return now?.state === 'running' && now;
    });

  describe('looking', () => {
    it('lists every task by service and number, with its node and what replaces it', async () => {
      const rows = await engine.list();
      expect(rows.map((row) => `${label(row)} ${row.state} ${row.health}`)).to.deep.equal([
        'agent-1 running none',
        'agent-2 running none',
        'agent-3 running none',
        'lone-1 running none',
        'web-1 running healthy',
        'web-2 running healthy',
      ]);
      expect(rows.slice(0, 3).map(({ name, node }) => [name, node])).to.deep.equal(
        ['node1', 'node2', 'node3'].map((node) => [`${STACK}_agent.${node}`, node]),
      );
      for (const row of rows)
        expect(row).to.include({
          project: STACK,
          untouchable: null,
          owner: `service ${STACK}_${row.service}`,
        });
      expect(rows.at(-1)?.labels).to.include({ team: 'shop' });
    });

    it('is told from other engines by its swarm, whichever manager is asked', async () => {
      const cluster_id = await cluster.docker(1, 'info', '--format', '{{.Swarm.Cluster.ID}}');
      expect(await engine.identity())
        .to.equal(cluster_id)
        .and.not.equal('');
      expect(await engine.services()).to.deep.equal(['agent', 'lone', 'web']);
      expect(engine.reachedBy).to.include.members(['node1', 'node2', 'node3']);
    });

    it('inspects a task into a shape that the journal takes', async () => {
      const web = await find('web-1');
      expect(v.parse(InstanceSchema, web)).to.deep.equal(web);
      expect(web).to.include({ state: 'running', health: 'healthy', restarted_by: null });
      expect(web.incarnation).to.be.a('string').and.equal(web.started_at);
      expect(web.record.container_id).to.match(/^[0-9a-f]{64}$/);
      expect(await engine.inspect(web.id.slice(0, 12))).to.equal(null);
      expect(await engine.inspect('nobody')).to.equal(null);
      expect(await engine.wanted(web)).to.equal(2);
      expect(await engine.wanted(await find('agent-2'))).to.equal(3);
    });

    it('gives the last lines of a task, also when it is over', async () => {
      const web = await find('web-2');
      expect(await engine.logs(web.id, 1)).to.deep.equal(['ready']);
      expect(await engine.logs(web.id, 1, await engine.logMark())).to.deep.equal([]);
      await doTo(web, { on: 'lifecycle', to: 'killed' });
      await replaced(web);
      expect(await engine.logs(web.id, 1)).to.deep.equal(['ready']);
    });

    it('gives up a look when told to', async () => {
      const reason = new Error('enough');
      expect(await rejection(engine.list(AbortSignal.abort(reason)))).to.equal(reason);
      expect(await rejection(engine.inspect('nobody', AbortSignal.abort(reason)))).to.equal(reason);
    });

    it('refuses what is no manager, and a stack that there is not, and says which there are', async () => {
      await refusal(open({ context: 'node2' }), 'unsupported_stack', /worker/);
      await refusal(open({ stack: 'shopp' }), 'unsupported_stack', /no stack shopp; it has shop\./);
      await refusal(open({ context: 'nobody' }), 'engine_unreachable', /"nobody" does not exist/);
    });

    it('leaves tasks alone whose node nothing leads to, and takes the way that the story names', async () => {
      const config = mkdtempSync(join(tmpdir(), 'gameday-contexts-'));
      try {
        cpSync(cluster.env.DOCKER_CONFIG ?? '', config, { recursive: true });
        const env = { ...cluster.env, DOCKER_CONFIG: config, DOCKER_HOST: cluster.host(1) };
        rmSync(join(config, 'contexts'), { recursive: true });
        const alone = await open({ context: null, env });
        const touchable = (await alone.list()).filter(({ untouchable }) => untouchable === null);
        expect(new Set(touchable.map(({ node }) => node))).to.deep.equal(new Set(['node1']));
        const other = (await alone.list()).find(({ node }) => node === 'node3');
        expect(other?.untouchable).to.equal('no docker context leads to its node node3');
        const named = await open({ context: null, env, nodes: { node3: cluster.host(3) } });
        const row = (await named.list()).find(({ id }) => id === other?.id);
        expect(row?.untouchable).to.equal(null);
      } finally {
        rmSync(config, { recursive: true });
      }
    });
  });

  describe('lifecycle', () => {
    for (const to of ['killed', 'crashed', 'stopped'] as const)
      it(`${to}: its task is over, the orchestrator makes another, and nobody else is touched`, async () => {
        const [target, neighbour] = [await find('web-1'), await find('web-2')];
        await doTo(target, { on: 'lifecycle', to });
        const next = await replaced(target);
        expect(next.id).not.to.equal(target.id);
        expect(next.owner).to.equal(target.owner);
        expect(await engine.inspect(neighbour.id)).to.deep.include({
          id: neighbour.id,
          incarnation: neighbour.incarnation,
        });
        // What is over is never started by hand: that would be an orphan.
        await undo(target, 'lifecycle');
        const node = Number(target.node?.at(-1));
        const format = '{{.State.Running}}';
        const container = String(target.record.container_id);
        expect(await cluster.docker(node, 'inspect', '--format', format, container)).to.equal(
          'false',
        );
      });

    it('paused: the same task goes on, which the orchestrator never noticed', async () => {
      const target = await find('web-2');
      const effect = { on: 'lifecycle', to: 'paused' };
      await doTo(target, effect);
      const paused = await find('web-2');
      expect(paused).to.include({ id: target.id, state: 'paused' });
      expect((await engine.list()).find(({ id }) => id === target.id)?.state).to.equal('paused');
      expect(await abilityOf(effect).read(paused, [live(target, effect)])).to.deep.equal([
        { state: 'in_force' },
      ]);
      await undo(target, 'lifecycle');
      expect(await find('web-2')).to.include({
        id: target.id,
        incarnation: target.incarnation,
        state: 'running',
      });
    });

    it('says no where the orchestrator would make no other task', async () => {
      const whyNot = async (name: string, to: string) =>
        (await abilityOf({ on: 'lifecycle' }).whyNot(await find(name), { on: 'lifecycle', to }))
          ?.why;
      expect(await whyNot('lone-1', 'killed')).to.match(/makes no other task.*none/);
      expect(await whyNot('lone-1', 'paused')).to.equal(undefined);
      expect(await whyNot('agent-1', 'stopped')).to.match(/only after a failure/);
      expect(await whyNot('agent-1', 'killed')).to.equal(undefined);
      // What is made anew by hand would be an orphan.
      expect(engine.abilities).not.to.have.property('existence');
    });

    it('fails, and surely changed nothing, for a task that there is not', async () => {
      const web = await find('web-1');
      const target = {
        ...web,
        id: 'nobody',
        record: { ...web.record, container_id: 'f'.repeat(64) },
      };
      const error = await rejection(doTo(target, { on: 'lifecycle', to: 'killed' }));
      expect(error).to.be.instanceOf(EngineError).with.property('definite', true);
    });
  });

  describe('what the engine of a node does to a container', () => {
    it('limits its processor time, and takes the limit off again', async () => {
      const target = await find('web-1');
      const effect = { on: 'resources', cpus: 0.2 };
      expect(await abilityOf(effect).whyNot(target, effect)).to.equal(null);
      await doTo(target, effect);
      expect((await find('web-1')).record.resources).to.include({ cpu_quota: 20_000 });
      await undo(target, 'resources');
      const now = await find('web-1');
      expect(now.id).to.equal(target.id);
      expect(await abilityOf(effect).read(now, [live(target, effect)])).to.deep.equal([
        { state: 'absent' },
      ]);
    });

    it('cuts it off from another service on another node, and mends that again', async () => {
      const lacking = await abilityOf({ on: 'network' }).whyNot(await find('web-1'), CUT);
      expect(lacking?.why).to.match(/image .* is not on the engine/);
      const image = await cluster.loadTools();
      engine = await open({ toolsImage: image });
      const target = await find('web-1');
      const effect = CUT;
      expect(await abilityOf(effect).whyNot(target, effect)).to.equal(null);
      const agent = (await engine.list()).find(
        ({ service, node }) => service === 'agent' && node !== target.node,
      );
      const networks = (await engine.inspect(agent?.id ?? ''))?.record.networks as Record<
        string,
        { ipv4: string }
      >;
      const address = Object.values(networks)[0]?.ipv4 ?? '';
      const node = Number(target.node?.at(-1));
      const reaches = () =>
        cluster
          .docker(node, 'exec', String(target.record.container_id), 'ping', '-c1', '-W1', address)
          .then(
            () => true,
            () => false,
          );
      expect(await reaches()).to.equal(true);
      await doTo(target, effect);
      expect(await reaches()).to.equal(false);
      expect(
        await abilityOf(effect).read(await find('web-1'), [live(target, effect)]),
      ).to.deep.equal([{ state: 'in_force' }]);
      await undo(target, 'network');
      expect(await reaches()).to.equal(true);
    });

    it('spoils the answers of an HTTP server in it', async () => {
      engine = await open({ toolsImage: await cluster.loadTools() });
      const target = await find('web-1');
      const node = Number(target.node?.at(-1));
      const inside = (...command: string[]) =>
        cluster.docker(node, 'exec', String(target.record.container_id), ...command);
      await inside('httpd', '-p', '80', '-h', '/bin');
      const agent = (await engine.list()).find(
        ({ service, node: its }) => service === 'agent' && its !== target.node,
      );
      const asker = await engine.inspect(agent?.id ?? '');
      const networks = target.record.networks as Record<string, { ipv4: string }>;
      const address = Object.values(networks)[0]?.ipv4 ?? '';
      const ask = `wget -S -O /dev/null http://${address}/none 2>&1 | grep -o 'HTTP/1.. [0-9]*'`;
      const status = async () => {
        const there = [String(asker?.record.container_id), 'sh', '-c', ask];
        return (await cluster.docker(Number(agent?.node?.at(-1)), 'exec', ...there)).slice(9, 12);
      };
      const http = abilityOf({ on: 'http' });
      const wanted = { on: 'http', path: null, share: 1, status: 503, delay_ms: 0, cut: null };
      expect(await http.whyNot(target, wanted)).to.equal(null);
      const effect = (await http.bind?.(target, wanted, [])) ?? wanted;
      expect(await status()).to.equal('404');
      await doTo(target, effect);
      expect(await status()).to.equal('503');
      const seen = await http.read(await find('web-1'), [live(target, effect)]);
      expect(seen).to.deep.equal([{ state: 'in_force' }]);
      await undo(target, 'http');
      expect(await status()).to.equal('404');
    });
  });
});

const CUT = {
  on: 'network',
  does: 'drop',
  peers: ['agent'],
  direction: 'both',
  port: null,
  share: 1,
};
