/** `story init` for a namespace: what it drafts is played as it is, with its load on the pods. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { events, expectExit } from '../commands/cli.ts';
import { apply, CONTEXT, clusterEnv, kubectl, openShop, pods, SHOP } from './cluster.ts';

const WHERE = ['--context', CONTEXT, '--namespace', SHOP];
/** This machine, as `cluster.sh` has it. */
const HOST = '10.229.0.200';

describe('story init on Kubernetes', function () {
  this.timeout(180_000);
  let cwd: string;
  let at: { cwd: string; env: NodeJS.ProcessEnv };
  let balancer: Server;

  before(async () => {
    await openShop();
    balancer = await startBalancer();
    const { port } = balancer.address() as { port: number };
    await apply(`
apiVersion: v1
kind: Service
metadata: { name: front, namespace: ${SHOP} }
spec: { type: LoadBalancer, selector: { app: web }, ports: [{ port: ${port}, targetPort: 80 }] }
`);
    const status = JSON.stringify({ status: { loadBalancer: { ingress: [{ ip: HOST }] } } });
    const patch = ['patch', 'service', 'front', '--namespace', SHOP];
    await kubectl([...patch, '--subresource', 'status', '--type', 'merge', '--patch', status]);
    cwd = mkdtempSync(join(tmpdir(), 'gameday-init-'));
    at = { cwd, env: clusterEnv() };
  });

  after(async () => {
    balancer?.close();
    rmSync(cwd, { recursive: true, force: true });
  });

  /** What a cloud would have in front of the Service: each connection goes to the next pod that is ready. */
  async function startBalancer(): Promise<Server> {
    let ready: string[] = [];
    let turn = 0;
    const refresh = async () => {
      const all = await pods(SHOP).catch(() => []);
      ready = all.flatMap((pod) =>
        pod.app === 'web' && pod.isReady && !pod.isEnding ? pod.ip : [],
      );
    };
    await refresh();
    const timer = setInterval(refresh, 500);
    const server = createServer((client) => {
      const host = ready[turn++ % Math.max(1, ready.length)];
      if (host === undefined) return client.destroy();
      const pod = connect({ host, port: 80 });
      for (const [one, other] of [
        [client, pod],
        [pod, client],
      ] as const) {
        one.pipe(other);
        one.on('error', () => other.destroy());
      }
    });
    server.on('close', () => clearInterval(timer));
    return new Promise((resolve) => server.listen(0, HOST, () => resolve(server)));
  }

  it('asks which namespace is meant, where nothing says so', async () => {
    const { stderr } = await expectExit(2, ['story', 'init', '--engine', 'kubernetes'], at);
    expect(stderr).to.match(/Which namespace .*story init --context NAME --namespace NAME/s);
  });

  it('drafts a story that plays, with a load through what the cluster publishes', async () => {
    for (const left of ['gameday.yaml', '.gameday'])
      rmSync(join(cwd, left), { recursive: true, force: true });
    const { stdout } = await expectExit(0, ['story', 'init', ...WHERE], at);
    expect(stdout).to.match(/Wrote gameday.yaml: losing-web, .* its load is http/);
    const text = readFileSync(join(cwd, 'gameday.yaml'), 'utf8');
    expect(text).to.contain(`kubernetes: { context: ${CONTEXT}, namespace: ${SHOP} }`);
    expect(text).to.contain(`url: http://${HOST}:`);
    await expectExit(0, ['story', 'check'], at);
    // Seven times: after the recovery the last of the eight follows by itself.
    for (let times = 1; times <= 7; times++) await expectExit(0, ['chapter', 'next'], at);
    const told = events(cwd);
    const recovered = told.filter(({ type }) => type === 'fault.recovered');
    expect(recovered.map(({ outcome }) => outcome)).to.deep.equal(['verified']);
    const [fault] = told.filter(({ type }) => type === 'fault.injecting');
    expect(fault.effects[0].target).to.include({ service: 'web', owner: 'Deployment web' });
    const asked = ['story', 'report', '--format', 'json', '--output', '-'];
    const { series } = JSON.parse((await expectExit(0, asked, at)).stdout);
    const rates = series.points.map((point: { ops_per_s: number | null }) => point.ops_per_s ?? 0);
    expect(Math.max(...rates), 'requests that were answered, a second').to.be.above(10);
    await expectExit(0, ['chapter', 'reset'], at);
  });
});
