/** Pods as instances, from objects as the API gives them: names, numbers, states, health. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Budget } from '../../src/engine/kubernetes/budgets.ts';
import { budgetName, budgetsInTheWay } from '../../src/engine/kubernetes/budgets.ts';
import type { ContainerStatus, Meta, Pod } from '../../src/engine/kubernetes/kube-answers.ts';
import { ownerOf } from '../../src/engine/kubernetes/owner.ts';
import { instanceOf, rowsOf } from '../../src/engine/kubernetes/pod-instance.ts';
import { linesOf, logQuery } from '../../src/engine/kubernetes/pod-logs.ts';
import { label } from '../../src/fault/instance.ts';

const MADE = '2026-11-01T10:00:00Z';
const SIGHT = { silentNodes: new Set<string>(), nowMs: Date.parse('2026-11-01T12:00:00Z') };

const owned = (kind: string, name: string) => ({
  ownerReferences: [{ kind, name, uid: `uid-of-${name}`, controller: true }],
});

function pod(name: string, meta: Partial<Meta> = {}, rest: Partial<Pod> = {}): Pod {
  return {
    metadata: {
      name,
      namespace: 'shop',
      uid: `uid-${name}`,
      resourceVersion: '1',
      creationTimestamp: MADE,
      ...owned('ReplicaSet', 'web-5d4f'),
      labels: { app: 'web', 'pod-template-hash': '5d4f' },
      ...meta,
    },
    spec: {
      nodeName: 'node1',
      restartPolicy: 'Always',
      containers: [{ name: 'app' }],
      ...rest.spec,
    },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [container()],
      ...rest.status,
    },
  };
}

const container = (rest: Partial<ContainerStatus> = {}): ContainerStatus => ({
  name: 'app',
  ready: true,
  restartCount: 0,
  containerID: 'containerd://c1',
  state: { running: { startedAt: MADE } },
  ...rest,
});

const row = (one: Pod, sight = SIGHT) => rowsOf([one], sight)[0];

describe('Pods as instances', () => {
  it('belong to the Deployment, whatever its ReplicaSet is called', () => {
    expect(ownerOf(pod('a'))).to.deep.equal({ kind: 'Deployment', name: 'web' });
    const bare = pod('b', { ...owned('ReplicaSet', 'plain'), labels: {} });
    expect(ownerOf(bare)).to.deep.equal({ kind: 'ReplicaSet', name: 'plain' });
    expect(row(pod('a'))).to.include({ service: 'web', owner: 'Deployment web', node: 'node1' });
  });

  it('are numbered by their ordinal, or else by age and name', () => {
    const store = (name: string) => pod(name, owned('StatefulSet', 'store'));
    const rows = rowsOf(
      [
        store('store-10'),
        store('store-2'),
        pod('web-z', { creationTimestamp: '2026-11-01T09:00:00Z' }),
        pod('web-b'),
        pod('web-a'),
      ],
      SIGHT,
    );
    expect(rows.map((each) => `${label(each)} ${each.name}`)).to.deep.equal([
      'store-3 store-2',
      'store-11 store-10',
      'web-1 web-z',
      'web-2 web-a',
      'web-3 web-b',
    ]);
  });

  it('never get one label for two, also where two workloads bear one name', () => {
    const set = pod('web-0', owned('StatefulSet', 'web'));
    const labels = rowsOf([set, pod('web-a')], SIGHT).map(label);
    expect(new Set(labels).size).to.equal(2);
  });

  it('say why nothing may be done to those that nobody would make anew, or that end by themselves', () => {
    const reason = (meta: Partial<Meta>) => row(pod('a', meta))?.untouchable;
    expect(reason({ ownerReferences: [] })).to.match(/without an owner/);
    expect(reason(owned('Job', 'once'))).to.match(/Job/);
    expect(reason(owned('Node', 'node1'))).to.match(/static/);
    expect(reason(owned('CloneSet', 'web'))).to.match(/CloneSet/);
    expect(reason({})).to.equal(null);
    const ended = pod('a', {}, { status: { phase: 'Failed' } });
    expect(row(ended)).to.include({ state: 'exited' });
    expect(row(ended)?.untouchable).to.match(/has ended/);
  });

  it('are in the state that their node and their containers are in', () => {
    const state = (statuses: ContainerStatus[], phase: Pod['status']['phase'] = 'Running') =>
      row(pod('a', {}, { status: { phase, containerStatuses: statuses } }))?.state;
    expect(state([container()])).to.equal('running');
    expect(state([container({ state: { waiting: { reason: 'CrashLoopBackOff' } } })])).to.equal(
      'restarting',
    );
    expect(state([container({ state: { terminated: { exitCode: 137 } } })])).to.equal('restarting');
    expect(state([container({ state: { waiting: {} } })], 'Pending')).to.equal('pending');
    expect(state([], 'Pending')).to.equal('pending');
    for (const phase of ['Running', 'Succeeded'] as const)
      expect(row(pod('a', { deletionTimestamp: MADE }, { status: { phase } }))?.state).to.equal(
        'removing',
      );
    const silent = { ...SIGHT, silentNodes: new Set(['node1']) };
    expect(row(pod('a'), silent)?.state).to.equal('unreachable');
  });

  it('are healthy by their readiness, and have a while after a start', () => {
    const checked = { containers: [{ name: 'app', readinessProbe: { periodSeconds: 5 } }] };
    const health = (status: 'True' | 'False', startedAt = MADE, spec = checked) =>
      row(
        pod(
          'a',
          {},
          {
            spec,
            status: {
              phase: 'Running',
              conditions: [{ type: 'Ready', status }],
              containerStatuses: [container({ state: { running: { startedAt } } })],
            },
          },
        ),
      )?.health;
    expect(health('True')).to.equal('healthy');
    expect(health('False')).to.equal('unhealthy');
    expect(health('False', '2026-11-01T11:59:45Z')).to.equal('starting');
    expect(health('False', '2026-11-01T11:59:15Z')).to.equal('unhealthy');
    expect(health('True', MADE, { containers: [{ name: 'app' }] } as never)).to.equal('none');
  });

  it('are another incarnation exactly when a container was started anew', () => {
    const look = (...statuses: ContainerStatus[]) => {
      const one = pod('a', {}, { status: { phase: 'Running', containerStatuses: statuses } });
      return instanceOf(one, row(one) as never);
    };
    const two = [
      container(),
      container({ name: 'proxy', containerID: 'containerd://p1' }),
    ] as const;
    const first = look(...two);
    expect(look(two[1], two[0]).incarnation).to.equal(first.incarnation);
    const killed = { exitCode: 137, reason: 'OOMKilled', startedAt: MADE };
    const again = look(
      container({
        restartCount: 1,
        containerID: 'containerd://c2',
        lastState: { terminated: killed },
      }),
      two[1],
    );
    expect(again.incarnation).not.to.equal(first.incarnation);
    expect(again).to.include({ restart_count: 1, oom_killed: true, restarted_by: 'Always' });
    expect(look(container({ containerID: '', state: { waiting: {} } })).incarnation).to.equal(null);
  });
});

describe('Disruption budgets', () => {
  const budget = (spec: Budget['spec'], disruptionsAllowed = 0): Budget => ({
    metadata: pod('b').metadata,
    spec,
    status: { disruptionsAllowed, currentHealthy: 3, desiredHealthy: 3 },
  });
  const stops = (each: Budget) => budgetsInTheWay([each], [pod('a')]).length === 1;

  it('are in the way where they cover the pod and let none go', () => {
    expect(stops(budget({ selector: { matchLabels: { app: 'web' } } }))).to.equal(true);
    expect(stops(budget({ selector: { matchLabels: { app: 'web' } } }, 1))).to.equal(false);
    expect(stops(budget({ selector: { matchLabels: { app: 'store' } } }))).to.equal(false);
    expect(stops(budget({ selector: {} })), 'an empty one covers everything').to.equal(true);
    expect(stops(budget({})), 'none covers nothing').to.equal(false);
    expect(budgetName(budget({}))).to.equal('PodDisruptionBudget b (3 healthy, 3 wanted)');
  });

  it('cover by expressions, too', () => {
    const by = (operator: string, key: string, values?: string[]) =>
      stops(
        budget({ selector: { matchExpressions: [{ operator, key, values }] } } as Budget['spec']),
      );
    expect(by('In', 'app', ['web', 'x'])).to.equal(true);
    expect(by('In', 'none', ['web'])).to.equal(false);
    expect(by('NotIn', 'app', ['web'])).to.equal(false);
    expect(by('NotIn', 'none', ['web'])).to.equal(true);
    expect(by('Exists', 'app')).to.equal(true);
    expect(by('DoesNotExist', 'app')).to.equal(false);
  });
});

describe('Logs of pods', () => {
  it('are asked for from the whole second on, and cut at the moment itself', () => {
    const since = '2026-11-01T10:00:00.500Z';
    expect(logQuery('app', 5, since)).to.contain('sinceTime=2026-11-01T10%3A00%3A00.000Z');
    expect(logQuery('app', 5, undefined)).to.contain('tailLines=5');
    const text =
      '2026-11-01T10:00:00.100000000Z before\n2026-11-01T10:00:00.900000000Z after it\n2026-11-01T10:00:01Z \u001b[1mlast\u001b[0m\n';
    expect(linesOf(text, since, 5)).to.deep.equal(['after it', 'last']);
    expect(linesOf(text, since, 1)).to.deep.equal(['last']);
    expect(linesOf('', undefined, 5)).to.deep.equal([]);
  });
});
