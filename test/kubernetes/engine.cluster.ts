/** The engine against a real cluster, through its port: what it sees, and that each ability hits exactly what was recorded. */
import { expect } from 'chai';
import { after, afterEach, before, describe, it } from 'mocha';
import * as v from 'valibot';
import type { Engine } from '../../src/engine/engine.ts';
import { openKubernetesEngine } from '../../src/engine/kubernetes/kubernetes.ts';
import type { Effect } from '../../src/fault/effect.ts';
import {
  type Instance,
  type InstanceRow,
  InstanceSchema,
  label,
} from '../../src/fault/instance.ts';
import { EngineError } from '../../src/terms/outcomes.ts';
import { eventually, rejection } from '../engine/contract.ts';
import { apply, CONTEXT, clusterEnv, kubectl, openShop, pods, SHOP } from './cluster.ts';

describe('the Kubernetes engine', function () {
  this.timeout(120_000);
  let engine: Engine;

  before(async () => {
    await openShop();
    engine = await open(SHOP);
  });

  after(async () => {
    engine?.close();
  });

  afterEach(() => eventually('the shop is whole', isWhole, 60_000));

  const open = (namespace: string, context = CONTEXT) =>
    openKubernetesEngine({
      cluster: { context, namespace, kubeconfig: null },
      cwd: '/',
      env: clusterEnv(),
    });

  async function isWhole(): Promise<boolean> {
    const rows = (await engine.list()).filter(({ untouchable }) => untouchable === null);
    const well = rows.filter(({ state, health }) => state === 'running' && health !== 'unhealthy');
    return well.length === 7 && rows.length === 7 && well.every((row) => row.health !== 'starting');
  }

  async function find(wanted: string): Promise<Instance> {
    const all = [
      ...(await engine.list()),
      ...((await engine.others?.nodes?.()) ?? []),
      ...((await engine.others?.services?.()) ?? []),
    ];
    const row = all.find((each) => label(each) === wanted) as InstanceRow;
    const found = await engine.inspect(row.id);
    if (!found) throw new Error(`${wanted} is gone`);
    return found;
  }

  const live = (target: Instance, effect: Effect) => ({
    fault: 'f1',
    target,
    effect,
    deadline: null,
  });
  const set = (target: Instance, effect: Effect | null, on = effect?.on as string) =>
    engine.abilities[on]?.set(target, effect ? [live(target, effect)] : []);
  const read = async (target: Instance, effect: Effect) => {
    const now = await engine.inspect(target.id);
    return (
      now && (await engine.abilities[effect.on]?.read(now, [live(target, effect)]))?.[0]?.state
    );
  };
  const whyNot = async (target: Instance, effect: Effect) =>
    (await engine.abilities[effect.on]?.whyNot(target, effect))?.why ?? null;

  describe('looking', () => {
    it('lists the pods of the namespace by workload and number, with what makes new ones', async () => {
      const rows = await engine.list();
      expect(rows.map((row) => `${label(row)} of ${row.owner}`)).to.deep.equal([
        'agent-1 of DaemonSet agent',
        'agent-2 of DaemonSet agent',
        'once-1 of undefined',
        'store-1 of StatefulSet store',
        'store-2 of StatefulSet store',
        'web-1 of Deployment web',
        'web-2 of Deployment web',
        'web-3 of Deployment web',
      ]);
      const seen = await pods(SHOP);
      expect(rows.map(({ id }) => id)).to.have.members(seen.map(({ uid }) => uid));
      for (const row of rows) {
        const pod = seen.find(({ uid }) => uid === row.id);
        expect(row).to.include({ name: pod?.name, node: pod?.node, project: SHOP });
      }
      const byOrdinal = rows.filter(({ service }) => service === 'store').map(({ name }) => name);
      expect(byOrdinal).to.deep.equal(['store-0', 'store-1']);
      expect(rows.find(({ service }) => service === 'once')?.untouchable).to.match(/Job/);
      expect(rows.find(({ service }) => service === 'web')).to.include({ health: 'healthy' });
      expect(rows.find(({ service }) => service === 'agent')).to.include({ health: 'none' });
    });

    it('inspects a pod into a shape that the journal takes, and equal to its row', async () => {
      for (const { made_at, labels: _l, ...row } of await engine.list()) {
        const now = (await engine.inspect(row.id)) as Instance;
        expect(now).to.include(row);
        expect(v.parse(InstanceSchema, now)).to.deep.equal(now);
        expect(Date.parse(made_at ?? '')).to.be.at.most(Date.parse(await engine.clock()));
      }
    });

    it('says which cluster it is, by the uid of kube-system', async () => {
      const uid = await kubectl([
        'get',
        'namespace',
        'kube-system',
        '-o',
        'jsonpath={.metadata.uid}',
      ]);
      expect(await engine.identity()).to.equal(uid);
      expect(engine.kind).to.equal('kubernetes');
      expect(engine.project).to.equal(SHOP);
      expect(await engine.describe()).to.match(/^Kubernetes v1\./);
      expect(await engine.services()).to.deep.equal(['agent', 'store', 'web']);
      expect(Math.abs(Date.parse(await engine.clock()) - Date.now())).to.be.below(2000);
    });

    it('inspects an id that nothing bears to null', async () => {
      for (const id of ['0f7c7d3e-0000-4000-8000-000000000000', 'node:none', 'service:none'])
        expect(await engine.inspect(id), id).to.equal(null);
    });

    it('gives the last lines of a pod, and those after a mark', async () => {
      const { id } = await find('web-1');
      expect(await engine.logs(id, 10)).to.deep.equal(['started']);
      const mark = await engine.logMark();
      expect(await engine.logs(id, 10, mark)).to.deep.equal([]);
    });

    it('gives up a look when told to', async () => {
      const reason = new Error('enough');
      expect(await rejection(engine.list(AbortSignal.abort(reason)))).to.equal(reason);
    });

    it('lists nodes and workloads as targets', async () => {
      const nodes = (await engine.others?.nodes?.()) ?? [];
      expect(nodes.map((row) => `${label(row)} ${row.name} ${row.state}`)).to.deep.equal([
        'node-1 node1 running',
        'node-2 node2 running',
      ]);
      const services = (await engine.others?.services?.()) ?? [];
      expect(services.map((row) => `${label(row)} ${row.state}`)).to.deep.equal([
        'agent running',
        'store running',
        'web running',
      ]);
      expect(services[0]?.untouchable).to.match(/DaemonSet/);
      for (const { id } of [...nodes, ...services]) {
        const now = (await engine.inspect(id)) as Instance;
        expect(v.parse(InstanceSchema, now)).to.deep.equal(now);
      }
    });

    it('refuses the namespaces of the cluster itself, and a context that there is not', async () => {
      expect(await rejection(open('kube-system'))).to.include({ code: 'protected' });
      const error = (await rejection(open(SHOP, 'no-such-context'))) as Error;
      expect(error).to.include({ code: 'engine_unreachable' });
      expect(error.message).to.contain('no-such-context');
    });
  });

  for (const [to, effect] of [
    ['kill', { on: 'lifecycle', to: 'killed' }],
    ['stop', { on: 'lifecycle', to: 'stopped' }],
    ['evict', { on: 'eviction' }],
  ] as const)
    describe(to, () => {
      it('takes one of each workload away, and their owners make others', async () => {
        const targets = await Promise.all(['web-2', 'store-2', 'agent-1'].map(find));
        const ids = targets.map(({ id }) => id);
        const others = (await engine.list()).filter(({ id }) => !ids.includes(id));
        const take = async (target: Instance) => {
          expect(await whyNot(target, effect)).to.equal(null);
          expect(await read(target, effect)).to.equal('absent');
          await set(target, effect);
          expect(await engine.inspect(target.id)).to.equal(null);
          await set(target, effect); // Already so.
          await set(target, null, effect.on);
        };
        await Promise.all(targets.map(take));
        await eventually('others are there', isWhole, 60_000);
        const now = await engine.list();
        expect(now.map(({ id }) => id)).to.include.members(others.map(({ id }) => id));
        for (const target of targets)
          expect(await engine.wanted?.(target)).to.equal(
            now.filter(({ owner }) => owner === target.owner).length,
          );
      });

      it('never hits another pod of the same name', async () => {
        const [target, before] = [await find('store-1'), await pods(SHOP)];
        await set({ ...target, id: '0f7c7d3e-0000-4000-8000-000000000000' }, effect);
        await new Promise((resolve) => setTimeout(resolve, 1500));
        expect(await pods(SHOP)).to.deep.equal(before);
      });
    });

  it('says why a pod cannot be paused, crashed, or sent a signal of choice', async () => {
    const target = await find('web-1');
    const on = 'lifecycle';
    expect(await whyNot(target, { on, to: 'paused' })).to.match(/no way to freeze/);
    const crash = await whyNot(target, { on, to: 'crashed' });
    if (process.env.GAMEDAY_CHAOSMESH) expect(crash).to.equal(null);
    else expect(crash).to.match(/Chaos Mesh/);
    expect(await whyNot(target, { on, to: 'killed', signal: 'TERM' })).to.match(/signal/);
  });

  describe('a PodDisruptionBudget', () => {
    before(() =>
      apply(`
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: all-of-web, namespace: ${SHOP} }
spec: { minAvailable: 3, selector: { matchExpressions: [{ key: app, operator: In, values: [web] }] } }
`),
    );

    after(() => kubectl(['delete', 'pdb', 'all-of-web', '--namespace', SHOP]));

    it('is named where it holds up an eviction, and nothing is changed', async () => {
      const target = await find('web-1');
      await eventually('the budget counts', async () =>
        (await whyNot(target, { on: 'eviction' }))?.includes('all-of-web (3 healthy, 3 wanted)'),
      );
      const error = await rejection(set(target, { on: 'eviction' }) as Promise<void>);
      expect(error).to.be.instanceOf(EngineError).and.include({ definite: true, reason: 429 });
      expect((error as Error).message).to.match(/all-of-web needs 3 healthy pods and has 3/);
      expect(await engine.inspect(target.id)).to.deep.equal(target);
      const { node } = target;
      const its = ((await engine.others?.nodes?.()) ?? []).find(({ name }) => name === node);
      const on = await find(label(its as InstanceRow));
      expect(await whyNot(on, { on: 'node', to: 'drained' })).to.contain('all-of-web');
      expect(await whyNot(on, { on: 'node', to: 'cordoned' })).to.equal(null);
    });
  });

  describe('nodes', () => {
    const isOpen = async (name: string) =>
      (await kubectl(['get', 'node', name, '-o', 'jsonpath={.spec.unschedulable}'])) !== 'true';

    it('are closed and opened again', async () => {
      const effect = { on: 'node', to: 'cordoned' };
      const target = await find('node-1');
      const before = await pods(SHOP);
      await set(target, effect);
      await set(target, effect);
      expect(await isOpen('node1')).to.equal(false);
      expect(await isOpen('node2')).to.equal(true);
      expect(await read(target, effect)).to.equal('in_force');
      await set(target, null, 'node');
      expect(await isOpen('node1')).to.equal(true);
      expect(await read(target, effect)).to.equal('absent');
      expect(await pods(SHOP)).to.deep.equal(before);
    });

    it('are left closed where they were so before', async () => {
      await kubectl(['cordon', 'node1']);
      try {
        const target = await find('node-1');
        expect(await whyNot(target, { on: 'node', to: 'cordoned' })).to.match(/already/);
        await set(target, { on: 'node', to: 'drained' });
        await set(target, null, 'node');
        expect(await isOpen('node1')).to.equal(false);
      } finally {
        await kubectl(['uncordon', 'node1']);
      }
    });

    it('are emptied of what can go elsewhere, of this namespace alone', async () => {
      const effect = { on: 'node', to: 'drained' };
      const target = await find('node-2');
      await set(target, effect);
      try {
        const left = (await pods(SHOP)).filter(({ node }) => node === 'node2');
        expect(left.map(({ app }) => app).filter((app) => app !== 'once')).to.deep.equal(['agent']);
        expect(await read(target, effect)).to.equal('in_force');
      } finally {
        await set(target, null, 'node');
      }
      expect(await isOpen('node2')).to.equal(true);
    });
  });

  for (const service of ['web', 'store'])
    it(`scales ${service} down, and back to what it was`, async () => {
      const effect = { on: 'scale', to: 1 };
      const target = await find(service);
      const count = async () =>
        (await pods(SHOP)).filter(({ app, isEnding }) => app === service && !isEnding).length;
      const before = await count();
      expect(await whyNot(target, { on: 'scale', to: before })).to.match(/already/);
      await set(target, effect);
      expect(await read(target, effect)).to.equal('in_force');
      await eventually('one is left', async () => (await count()) === 1);
      const name = `${service === 'web' ? 'deployment' : 'statefulset'}/${service}`;
      await kubectl(['scale', name, '--replicas', '2', '--namespace', SHOP]);
      if (before !== 2) expect(await read(target, effect)).to.equal('altered');
      await set(target, null, 'scale');
      expect(await read(target, effect)).to.equal('absent');
      await eventually('all are there', async () => (await count()) === before);
    });

  it('runs a program of the story with the names of context and namespace', async () => {
    const argv = ['sh', '-c', 'echo "$GAMEDAY_CONTEXT $GAMEDAY_NAMESPACE"'];
    expect(await engine.run({ argv }, { timeout_ms: 10_000 })).to.deep.equal({
      exit_code: 0,
      stdout: `${CONTEXT} ${SHOP}\n`,
      stderr: '',
    });
  });
});
