/** Addresses that only an engine has a way to: what of a load and of a probe is changed for it, and what is not. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { lookByWay, reachLoad, waysOf } from '../../src/app/reach.ts';
import type { Engine, Way } from '../../src/engine/engine.ts';
import type { ProbeOf } from '../../src/story/probe-spec.ts';
import { storyOf } from '../story/parsing.ts';

const CLUSTER = 'engine: kubernetes\nkubernetes: { context: staging, namespace: shop }\n';
const CHAPTERS = 'chapters: [{ title: Welcome }]\n';

const workloadOf = (text: string) => {
  const { workload } = storyOf(`name: shop\n${CLUSTER}workload: ${text}\n${CHAPTERS}`);
  if (!workload || workload.kind === 'simulated') throw new Error('no load');
  return workload;
};

describe('addresses that only the engine has a way to', () => {
  const asked: string[] = [];
  let port = 40_000;
  const way = (): Way => ({ host: '127.0.0.1', port, wasCutBetween: () => false });
  const engine = {
    reach: async (host: string, at: number) => {
      asked.push(`${host}:${at}`);
      return way();
    },
  } as unknown as Engine;
  const open = waysOf('kubernetes', () => engine);

  it('are replaced in URLs, with all that is left open in them; a server is told its name', async () => {
    const spec = workloadOf(
      '{ kind: http, url: "http://web.shop.svc:8080/put/{{key}}?v={{value}}", rate: 10/s }',
    );
    const reached = await reachLoad(spec, open);
    if (reached.spec.kind !== 'http') throw new Error('another kind');
    expect(reached.spec.urls).to.deep.equal(['http://127.0.0.1:40000/put/{{key}}?v={{value}}']);
    expect(reached.spec.mix[0]?.headers).to.deep.equal({ host: 'web.shop.svc:8080' });
    expect(reached.ways).to.have.length(1);
    expect(asked.splice(0)).to.deep.equal(['web.shop.svc:8080']);
  });

  it('keep the certificate that is expected, and who signs in; a port that is not named is the usual one', async () => {
    const secure = await reachLoad(
      workloadOf('{ kind: http, url: "https://web.shop.svc/", rate: 10/s }'),
      open,
    );
    expect(secure.spec).to.have.nested.property('tls.server_name', 'web.shop.svc');
    const redis = await reachLoad(
      workloadOf(
        '{ kind: redis, url: "redis://me:word@cache.shop.svc.cluster.local/2", rate: 10/s }',
      ),
      open,
    );
    expect(redis.spec).to.have.deep.property('urls', ['redis://me:word@127.0.0.1:40000/2']);
    expect(asked.splice(0)).to.deep.equal([
      'web.shop.svc:443',
      'cache.shop.svc.cluster.local:6379',
    ]);
  });

  it('of a load on a port are replaced, too', async () => {
    const tcp = await reachLoad(
      workloadOf('{ kind: tcp, addresses: ["db.shop.svc:5432", "10.0.0.1:5432"], rate: 10/s }'),
      open,
    );
    expect(tcp.spec).to.have.deep.property('addresses', [
      { host: '127.0.0.1', port: 40_000 },
      { host: '10.0.0.1', port: 5432 },
    ]);
    expect(asked.splice(0)).to.deep.equal(['db.shop.svc:5432']);
  });

  it('are no others: no engine is asked for them, and nothing changes', async () => {
    const spec = workloadOf(
      '{ kind: http, urls: ["http://shop.example/", "http://10.0.0.1/"], rate: 10/s }',
    );
    const never = waysOf('kubernetes', () => {
      throw new Error('the engine was asked');
    });
    expect(await reachLoad(spec, never)).to.deep.equal({ spec, ways: [] });
    expect(
      await reachLoad(
        spec,
        waysOf('process', () => engine),
      ),
    ).to.deep.equal({ spec, ways: [] });
  });

  describe('in a probe', () => {
    const hosts: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      hosts.push(request.headers.host);
      response.end('well');
    });

    before((done) => {
      server.listen(0, '127.0.0.1', () => {
        port = (server.address() as AddressInfo).port;
        done();
      });
    });
    after(() => server.close());

    it('is asked by its own name', async () => {
      const { steady_state } = storyOf(
        `name: shop\n${CLUSTER}steady_state: [{ probe: { name: health, http: "http://web.shop.svc/health", expect_body: well } }]\n${CHAPTERS}`,
      );
      const [probe] = steady_state.probes as [ProbeOf<'http'>];
      const found = await lookByWay(probe, open, new AbortController().signal);
      expect(found).to.include({ met: true });
      expect(hosts).to.deep.equal(['web.shop.svc']);
    });
  });
});
