/** The trace of a run, its metrics and its traced requests, as a receiver of OTLP on loopback gets them from real commands and their watchdog. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { checkOtlp, findOtlpPython } from '../fixtures/otlp.ts';
import { type WebhookServer, webhookServer } from '../fixtures/webhook.ts';
import { startHttpServer } from '../workload/servers.ts';
import { EIGHT, expectEnd, foldersOfATest, processStory, until } from './cli.ts';

const KILL = ['fault', 'inject', 'kill', 'web-2', '--countdown', '0'];
const PROBED = `
  - title: Break
    on_enter: [ { inject: { kind: kill, service: web-1, countdown: 0s } }, { wait: 2s }, { recover: all } ]
  - { title: Done }
`;

interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: { key: string; value: any }[];
  events: { name: string }[];
  links: { traceId: string; spanId: string }[];
  status: { code?: number; message?: string };
}

describe('telemetry', function () {
  this.timeout(120_000);
  let server: WebhookServer;
  const folder = foldersOfATest();
  beforeEach(async () => {
    server = await webhookServer();
  });
  /** Of all tests. */
  const received: WebhookServer['received'] = [];
  afterEach(() => {
    received.push(...server.received);
    return server.close();
  });

  async function at(env: Record<string, string>, chapters = EIGHT, more = '') {
    return { cwd: folder({ 'gameday.yaml': await processStory(chapters, more) }).path, env };
  }
  const sent = (path: string) =>
    server.received.filter((each) => each.path === path).map(({ body }) => body);
  const resources = () => sent('/v1/traces').flatMap((body) => body.resourceSpans as any[]);
  /** The newest of that name. */
  const metric = (name: string) =>
    sent('/v1/metrics')
      .flatMap((body) => body.resourceMetrics as any[])
      .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((each: any) => each.metrics as any[]))
      .findLast((each) => each.name === name);
  const spans = (): Span[] =>
    resources().flatMap(({ scopeSpans }) => scopeSpans.flatMap((each: any) => each.spans));
  const named = (name: string) => {
    const found = spans().filter((span) => span.name === name);
    expect(found, `${name} among ${spans().map((span) => span.name)}`).to.have.length(1);
    return found[0] as Span;
  };
  const attribute = ({ attributes }: Span, name: string) =>
    attributes.find(({ key }) => key === name)?.value;

  it('of a run over several commands is one, with a span a chapter, fault, recovery and probe', async () => {
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: server.url,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-key=S3CRET',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment=lab',
    };
    const where = await at(
      env,
      PROBED,
      'steady_state: [ { probe: { name: there, command: ["true"] } } ]',
    );
    await expectEnd(0, ['chapter', 'next', '--dry-run'], where);
    await expectEnd(0, ['story', 'check'], where);
    expect(server.received, 'looking tells nobody').to.have.length(0);
    await expectEnd(0, ['chapter', 'next'], where);
    await expectEnd(0, ['chapter', 'next'], where);
    await expectEnd(0, [...KILL, '--duration', '1s'], where);
    await until('the recovery by the watchdog', () =>
      spans().some(({ name }) => name === 'fault kill web-2'),
    );
    await expectEnd(0, ['chapter', 'reset'], where);

    const root = named('run shop');
    expect(root.parentSpanId).to.be.oneOf([undefined, '']);
    expect(attribute(root, 'gameday.run.id')).to.deep.equal({ stringValue: 'r1' });
    expect(new Set(spans().map(({ traceId }) => traceId))).to.deep.equal(new Set([root.traceId]));
    expect(root.traceId).to.match(/^[0-9a-f]{32}$/);
    const [broken, done] = [named('chapter Break'), named('chapter Done')];
    for (const chapter of [broken, done]) expect(chapter.parentSpanId).to.equal(root.spanId);
    const fault = named('fault kill web-1');
    expect(fault.parentSpanId).to.equal(broken.spanId);
    expect(attribute(fault, 'gameday.fault.outcome')).to.deep.equal({ stringValue: 'verified' });
    expect(fault.events.map(({ name }) => name)).to.include('injected');
    const lastedMs = Number(BigInt(fault.endTimeUnixNano) - BigInt(fault.startTimeUnixNano)) / 1e6;
    expect(lastedMs).to.be.within(2000, 20_000);
    expect(named('recovery of f1').parentSpanId).to.equal(fault.spanId);
    const byWatchdog = named('recovery of f2');
    expect(attribute(byWatchdog, 'gameday.recovery.by')).to.deep.equal({ stringValue: 'watchdog' });
    expect(
      spans().filter(
        ({ name, parentSpanId }) => name === 'probe there: met' && parentSpanId === fault.spanId,
      ),
    ).to.have.length(1);
    expect(new Set(spans().map(({ spanId }) => spanId)).size).to.equal(spans().length);

    const first = server.received.find(({ path }) => path === '/v1/traces');
    expect(first?.headers['x-key']).to.equal('S3CRET');
    const told = resources()[0].resource.attributes;
    expect(told).to.deep.include({ key: 'service.name', value: { stringValue: 'gameday' } });
    expect(told).to.deep.include({
      key: 'deployment.environment',
      value: { stringValue: 'lab' },
    });
    for (const name of readdirSync(where.cwd, { recursive: true, encoding: 'utf8' })) {
      const path = join(where.cwd, name);
      if (statSync(path).isFile())
        expect(readFileSync(path, 'latin1'), name).to.not.match(/S3CRET/);
    }
  });

  it('has a few requests of the load as traces of their own, and metrics of it', async () => {
    const web = await startHttpServer();
    try {
      const where = await at(
        { OTEL_EXPORTER_OTLP_ENDPOINT: server.url, OTEL_METRIC_EXPORT_INTERVAL: '500' },
        PROBED.replace('on_enter: [', 'on_enter: [ { workload: start }, { wait: 2s },'),
        `workload: { kind: http, url: "${web.url}/a?key=S3CRET", rate: 100/s }
telemetry: { trace_requests: 5/s }`,
      );
      await expectEnd(0, ['chapter', 'next'], where);
      await expectEnd(0, ['workload', 'stop'], where);
      await expectEnd(0, ['chapter', 'reset'], where);
      const root = await until('the end of the run', () =>
        spans().find(({ name }) => name === 'run shop'),
      );
      const carried = web.requests.flatMap(({ headers }) => headers.traceparent ?? []) as string[];
      const requests = spans().filter(({ name }) => name === 'GET');
      expect(
        requests.map(({ traceId, spanId }) => `00-${traceId}-${spanId}-01`).sort(),
      ).to.deep.equal(carried.sort());
      const seconds = web.seen / 100;
      expect(carried.length).to.be.within(seconds * 2, seconds * 10 + 1);
      for (const { traceId, links } of requests) {
        expect(traceId).to.not.equal(root.traceId);
        expect(links[0]).to.include({ traceId: root.traceId, spanId: root.spanId });
      }
      const faulty = requests.filter((span) => attribute(span, 'gameday.faults') !== undefined);
      expect(faulty).to.have.length.within(1, requests.length - 1);
      expect(faulty[0]?.links[1]).to.include({ spanId: named('fault kill web-1').spanId });

      const ok = await until('the last metrics', () => {
        const [first] = metric('gameday.operations')?.sum.dataPoints ?? [];
        return first?.asDouble === web.done.well ? first : null;
      });
      expect(ok.attributes).to.deep.equal([{ key: 'result', value: { stringValue: 'ok' } }]);
      expect(Number(metric('gameday.operation.duration').histogram.dataPoints[0].count)).to.equal(
        web.done.well,
      );
      const faults = metric('gameday.fault').gauge.dataPoints[0].attributes;
      expect(faults).to.deep.include({ key: 'fault', value: { stringValue: 'f1' } });
      expect(metric('gameday.live_faults').gauge.dataPoints[0].asDouble).to.equal(0);
      expect(JSON.stringify(server.received)).to.not.include('S3CRET');
    } finally {
      await web.close();
    }
  });

  it('goes where the story says, and says that an address is missing', async () => {
    const where = await at(
      { COLLECTOR: server.url },
      EIGHT,
      'telemetry: { endpoint_env: COLLECTOR }',
    );
    await expectEnd(0, ['chapter', 'next'], where);
    await expectEnd(0, ['chapter', 'next'], where);
    expect(named('chapter Welcome').traceId).to.match(/^[0-9a-f]{32}$/);
    const { stderr } = await expectEnd(0, ['chapter', 'next'], { cwd: where.cwd });
    expect(stderr).to.include('telemetry: the environment has no COLLECTOR');
  });

  it('what the variables of the SDK hold may be nonsense, and keeps nobody from recovering', async () => {
    const where = await at({
      OTEL_EXPORTER_OTLP_ENDPOINT: server.url,
      OTEL_EXPORTER_OTLP_HEADERS: '=;%%S3CRET',
      OTEL_EXPORTER_OTLP_TIMEOUT: '-1',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'S3CRET',
      OTEL_EXPORTER_OTLP_CERTIFICATE: '/no/such',
      OTEL_RESOURCE_ATTRIBUTES: '%E0%A4%A',
      OTEL_TRACES_SAMPLER: 'always_off',
    });
    await expectEnd(0, KILL, where);
    const { stdout, stderr } = await expectEnd(0, ['fault', 'recover'], where);
    expect(stdout + stderr)
      .to.include('f1 recovered')
      .and.not.include('S3CRET');
  });

  it('a presenter is kept by a receiver that is away once, and not at each step', async () => {
    server.answers.push(...Array.from({ length: 99 }, () => 'hang' as const));
    const steps = Array.from({ length: 12 }, (_, index) => `\n  - { title: Step ${index} }`).join(
      '',
    );
    const where = await at({ OTEL_EXPORTER_OTLP_ENDPOINT: server.url }, steps);
    const begunMs = performance.now();
    const { stderr } = await expectEnd(0, ['chapter', 'play', '--pause', '0'], where);
    expect(performance.now() - begunMs).to.be.below(20_000);
    expect(stderr.split('telemetry:'), stderr).to.have.length(2);
  });

  it('a receiver that is gone, or answers nothing, costs a warning and keeps no command', async () => {
    const gone = await webhookServer();
    await gone.close();
    const where = await at({ OTEL_EXPORTER_OTLP_ENDPOINT: `${gone.url}/S3CRET` });
    await expectEnd(0, KILL, where);
    server.answers.push(...Array.from({ length: 9 }, () => 'hang' as const));
    const silent = { ...where, env: { OTEL_EXPORTER_OTLP_ENDPOINT: server.url } };
    for (const [each, why] of [
      [where, 'ECONNREFUSED'],
      [silent, 'no answer in time'],
    ] as const) {
      await expectEnd(0, ['fault', 'inject', 'pause', 'web-1', '--countdown', '0'], each);
      const begunMs = performance.now();
      const { stderr } = await expectEnd(0, ['fault', 'recover'], each);
      expect(performance.now() - begunMs, 'waits for it').to.be.below(15_000);
      const lines = stderr.split('\n').filter((line) => line.includes('telemetry:'));
      expect(lines, stderr).to.have.length(1);
      expect(lines[0]).to.include(why).and.not.include('S3CRET');
      const { json } = await expectEnd(0, ['fault', 'list', '--json'], each);
      expect(json.faults.filter(({ phase }: any) => phase !== 'recovered')).to.deep.equal([]);
    }
  });

  it('all of it is as the protobufs of OpenTelemetry say', function () {
    const python = findOtlpPython();
    if (python === null) this.skip();
    expect(new Set(received.map(({ path }) => path))).to.deep.equal(
      new Set(['/v1/traces', '/v1/metrics']),
    );
    checkOtlp(python, received);
    const wrong = { path: '/v1/traces', body: { resourceSpans: [{ nonsense: 1 }] } };
    expect(() => checkOtlp(python, [wrong])).to.throw(/nonsense/);
  });
});
