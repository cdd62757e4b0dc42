/** What runs on a cluster as the model of a draft, from answers as Kubernetes and Swarm give them; and the stories that come of it. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { KubeService, Node, Workload } from '../../src/engine/kubernetes/kube-answers.ts';
import {
  outline as namespaceOutline,
  outlineOf as outlineNamespace,
} from '../../src/engine/kubernetes/outline.ts';
import type { WorkloadKind } from '../../src/engine/kubernetes/owner.ts';
import type { Service, SwarmNode, Task } from '../../src/engine/swarm/swarm-answers.ts';
import {
  outlineOf as outlineSwarm,
  outline as swarmOutline,
} from '../../src/engine/swarm/swarm-outline.ts';
import { draftCluster } from '../../src/story/draft/draft.ts';
import { FRAME, GUESS, injectOf, loadOf } from '../story/drafting.ts';
import { storyOf } from '../story/parsing.ts';

const meta = (name: string) => ({
  name,
  uid: `uid-${name}`,
  resourceVersion: '1',
  creationTimestamp: '2026-11-01T10:00:00Z',
});

function workload(
  kind: WorkloadKind,
  name: string,
  replicas: number,
  container: Partial<NonNullable<Workload['spec']['template']>['spec']['containers'][0]>,
) {
  const template = {
    metadata: { labels: { app: name } },
    spec: { containers: [{ name: 'app', ...container }] },
  };
  const spec = { replicas, template };
  return { owner: { kind, name }, workload: { metadata: meta(name), spec, status: {} } };
}

const WEB = workload('Deployment', 'web', 3, {
  image: 'acme/web:1',
  ports: [{ name: 'http', containerPort: 8080 }],
  readinessProbe: { httpGet: { path: '/ready', port: 'http' }, periodSeconds: 5 },
});
const DB = workload('StatefulSet', 'db', 1, {
  image: 'redis:7',
  args: ['--requirepass', 'from-a-secret'],
});
const WELL: Pick<Node, 'status'> = {
  status: {
    conditions: [{ type: 'Ready', status: 'True' }],
    addresses: [
      { type: 'Hostname', address: 'node1' },
      { type: 'InternalIP', address: '10.0.0.7' },
    ],
  },
};

describe('the outline of a namespace', () => {
  const front = (spec: Partial<KubeService['spec']>, ...ips: string[]): KubeService => ({
    metadata: { ...meta('front'), namespace: 'shop' },
    spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }], ...spec },
    status: { loadBalancer: { ingress: ips.map((ip) => ({ ip })) } },
  });
  const portsOf = (service: KubeService, nodes = [WELL]) =>
    outlineNamespace('shop', [WEB], [service], nodes).services[0]?.ports;

  it('has what a load balancer publishes, and else the port of a node that is well', () => {
    const common = { lastPort: 80, port: 80, target: 8080, protocol: 'tcp' };
    expect(portsOf(front({}, '203.0.113.5'))).to.deep.equal([{ host: '203.0.113.5', ...common }]);
    expect(portsOf(front({}, '2001:db8::5'))?.[0]?.host).to.equal('[2001:db8::5]');
    const onNode = front({ ports: [{ port: 80, targetPort: 8080, nodePort: 30080 }] });
    expect(portsOf(onNode)).to.deep.equal([
      { host: '10.0.0.7', port: 30080, lastPort: 30080, target: 8080, protocol: 'tcp' },
    ]);
  });

  it('has the name that it bears in the cluster where nothing of it is published', () => {
    const inside = { host: 'front.shop.svc', port: 80, lastPort: 80, target: 8080 };
    expect(portsOf(front({}))).to.deep.equal([{ ...inside, protocol: 'tcp' }]);
    const onNode = front({ ports: [{ port: 80, targetPort: 8080, nodePort: 30080 }] });
    expect(portsOf(onNode, [])).to.deep.equal([{ ...inside, protocol: 'tcp' }]);
  });

  it('takes no service for one of every workload because it selects nothing', () => {
    expect(portsOf(front({ selector: {} }, '203.0.113.5'))).to.deep.equal([]);
    expect(portsOf(front({ selector: { app: 'other' } }, '203.0.113.5'))).to.deep.equal([]);
  });

  it('has the paths of checks, and of a command line that it asks for a password, and no more', () => {
    const [web, db] = outlineNamespace('shop', [WEB, DB], [], []).services;
    expect(web?.health).to.deep.equal({
      url: { protocol: 'http:', port: 8080, path: '/ready' },
      intervalMs: 5000,
      retries: 3,
      startPeriodMs: 0,
    });
    expect(db?.password).to.equal(true);
    expect(JSON.stringify(db)).not.to.contain('from-a-secret');
  });

  it('breaks no agent of the nodes where there is anything else, however many there are', () => {
    const agent = workload('DaemonSet', 'agent', 40, { image: 'acme/agent' });
    const model = outlineNamespace('shop', [agent, WEB], [], []);
    const stack = {
      engine: 'kubernetes',
      named: { context: 'staging', namespace: 'shop' },
      words: namespaceOutline.words,
    };
    expect(draftCluster(model, stack, GUESS, FRAME).service).to.equal('web');
  });

  it('becomes a story that the parser takes', () => {
    const model = outlineNamespace('shop', [DB, WEB], [front({}, '203.0.113.5')], []);
    const stack = {
      engine: 'kubernetes',
      named: { context: 'staging', namespace: 'shop' },
      words: namespaceOutline.words,
    };
    const { text, protect } = draftCluster(model, stack, GUESS, FRAME);
    const story = storyOf(text);
    expect(story.kubernetes).to.include({ context: 'staging', namespace: 'shop' });
    expect(injectOf(story)).to.include({ kind: 'kill' });
    expect(loadOf(story)).to.equal('http://203.0.113.5/ready');
    expect(protect.map(({ service }) => service)).to.deep.equal(['db']);
    expect(text)
      .to.match(/is deleted, without a grace/)
      .and.not.match(/SIGKILL|pause/);
  });
});

describe('the outline of a stack of a swarm', () => {
  const node = (id: string, addr: string): SwarmNode => ({
    ID: id,
    Version: { Index: 1 },
    Spec: { Availability: 'active' },
    Status: { State: 'ready', Addr: addr },
  });
  const task = (service: string, on: string): Task => ({
    ID: `${service}-${on}`,
    ServiceID: service,
    NodeID: on,
    DesiredState: 'running',
    Status: { State: 'running' },
  });
  const service = (
    name: string,
    { Mode, Ports }: { Mode: Service['Spec']['Mode']; Ports?: object[] },
  ): Service =>
    ({
      ID: name,
      Version: { Index: 1 },
      Spec: {
        Name: `shop_${name}`,
        Mode,
        TaskTemplate: {
          ContainerSpec: {
            Image: `acme/${name}:1@sha256:abc`,
            Healthcheck: {
              Test: ['CMD-SHELL', 'wget -q http://localhost:8080/well'],
              Interval: 2e9,
            },
          },
        },
      },
      Endpoint: { Ports },
    }) as Service;
  const byId = <T extends { ID: string }>(...all: T[]) => new Map(all.map((one) => [one.ID, one]));
  const port = { Protocol: 'tcp', TargetPort: 8080, PublishedPort: 80 };
  const view = (mode: string) => ({
    stack: 'shop',
    tasks: [task('web', 'n1'), task('web', 'n2'), task('agent', 'n1')],
    services: byId(
      service('web', {
        Mode: { Replicated: { Replicas: 2 } },
        Ports: [{ ...port, PublishMode: mode }],
      }),
      service('agent', { Mode: { Global: {} } }),
      service('nightly', { Mode: { ReplicatedJob: {} } }),
    ),
    nodes: byId(node('n1', '10.0.0.1'), node('n2', '10.0.0.2')),
  });

  it('has its services by their own names, with their tasks counted', () => {
    const { services } = outlineSwarm(view('ingress'));
    expect(
      services.map(({ name, image, replicas, jobMode }) => [name, image, replicas, jobMode]),
    ).to.deep.equal([
      ['agent', 'acme/agent:1', 1, false],
      ['nightly', 'acme/nightly:1', 0, true],
      ['web', 'acme/web:1', 2, false],
    ]);
  });

  it('publishes through any one node, or in mode host through each that has a task', () => {
    const hosts = (mode: string) =>
      outlineSwarm(view(mode)).services.flatMap(({ ports }) => ports.map(({ host }) => host));
    expect(hosts('ingress')).to.deep.equal(['10.0.0.1']);
    expect(hosts('host')).to.deep.equal(['10.0.0.1', '10.0.0.2']);
  });

  it('becomes a story that the parser takes', () => {
    const stack = {
      engine: 'swarm',
      named: { stack: 'shop', context: null },
      words: swarmOutline.words,
    };
    const { text } = draftCluster(outlineSwarm(view('host')), stack, GUESS, FRAME);
    const story = storyOf(text);
    expect(story.swarm.stack).to.equal('shop');
    expect(loadOf(story)).to.equal('http://10.0.0.1/well http://10.0.0.2/well');
    expect(text).to.contain('the swarm makes another task in its place');
  });
});
