/**
 * Secrets planted wherever a story or its stack can have them, and everything that a run leaves or sends is searched for them. What
 * shows the story's own file (`chapter show`, `story check`) and the output of its programs on the terminal is not of that kind.
 */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { FORMATS } from '../../src/view/report/index.ts';
import { type WebhookServer, webhookServer } from '../fixtures/webhook.ts';
import { freePorts } from '../free-ports.ts';
import { foldersOfATest, gameday, SERVER, until } from './cli.ts';
import { readEventLines } from './events.ts';

/** Each place has a word of its own, so that a leak names where it came from. */
const PLANTED = /S3CRET\w*/;

const story = (port: number, metrics: number) => `name: shop
engine: process
services:
  web:
    command: [/bin/sh, -c, 'echo "login S3CRETlog" >&2; exec "$0" "$1"', ${SERVER.map((word) => JSON.stringify(word)).join(', ')}]
    replicas: 3
    port: ${port}
    env: { PASSWORD: S3CRETserviceenv }
    health: { http: /healthz }
workload:
  kind: http
  url: http://user:S3CRETuserinfo@127.0.0.1:${port}/healthz?token=S3CRETquery
  headers: { Authorization: Bearer S3CRETheader }
  rate: 60/s
blast_radius: { max_unavailable: 100% }
metrics: 127.0.0.1:${metrics}
notify: [ { url_env: HOOK_URL, token_env: HOOK_TOKEN, on: [run_started, chapter_entered, fault_injected, fault_recovered, deviated, still_live, run_ended] } ]
hooks:
  before_inject: { shell: "echo S3CREThookout; : S3CREThookarg; cat >> told" }
  after_inject: { shell: "echo S3CREThookout >&2; cat >> told; exit 1" }
  after_recover: { shell: "cat >> told" }
  on_deviation: { shell: "cat >> told" }
chapters:
  - title: Begin
    narration: "See https://me:S3CRETnarration@example.test/?api_key=S3CRETnarrationkey."
    on_enter: [ { workload: start } ]
  - title: Look
    on_enter:
      - run: { command: [echo, --password, S3CRETargument] }
      - shell: "echo S3CREToutput; : S3CRETshell"
      - probe: { http: "http://u:S3CRETprobe@127.0.0.1:${port}/healthz?t=S3CRETprobequery", headers: { X-Key: S3CRETprobeheader } }
      - probe: { shell: "echo S3CRETprobeoutput" }
  - title: Break
    on_enter:
      - inject: { kind: kill, pick: { command: [sh, -c, "echo web-2; : S3CRETpick"] }, countdown: 0s, overrule: [last_healthy] }
      - detect: 5s
      - diagnose: true
  - { title: Mend, on_enter: [ { recover: all } ] }
  - title: Deviate
    on_enter: [ { probe: { http: "http://u:S3CRETfailing@127.0.0.1:9/?t=S3CRETfailing", retry_for: 0 } } ]
`;

describe('secrets', function () {
  this.timeout(180_000);
  let server: WebhookServer;
  const folder = foldersOfATest();
  beforeEach(async () => {
    server = await webhookServer();
  });
  afterEach(() => server.close());

  it('are in nothing that a run leaves, sends, serves or hands to other programs', async () => {
    const [port, metrics] = [await freePorts(3), await freePorts(1)];
    const { path: cwd } = folder({ 'gameday.yaml': story(port, metrics) });
    const env = {
      HOOK_URL: `${server.url}/S3CREThookpath`,
      HOOK_TOKEN: 'S3CREThooktoken',
      DATABASE_PASSWORD: 'S3CRETenvironment',
      OTEL_EXPORTER_OTLP_ENDPOINT: `${server.url}/S3CRETcollector`,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-key=S3CRETcollectorkey',
    };
    const where = { cwd, env };
    const out = (name: string) => join(cwd, `out-${name}`);
    const events = out('events');
    const results: string[] = [];
    const does = async (exit: number, ...args: string[]) => {
      const ended = await gameday([...args, '--json'], where);
      expect(ended.code, args.join(' ') + ended.stdout).to.equal(exit);
      results.push(ended.stdout, ended.stderr);
    };
    const next = (exit: number) => does(exit, 'chapter', 'next', '--events', events);
    await next(0);
    await next(0);
    await next(0);
    const page = await until('the metrics', () =>
      fetch(`http://127.0.0.1:${metrics}/metrics`)
        .then((response) => response.text())
        .catch(() => null),
    );
    await does(0, 'story', 'note', 'see https://me:S3CRETnote@example.test/?token=S3CRETnotetoken');
    await does(0, 'fault', 'list');
    await next(0);
    await next(8);
    for (const format of FORMATS)
      await does(0, 'story', 'report', '--format', format, '--output', out(format));
    await does(0, 'story', 'runs');
    await does(0, 'chapter', 'reset', '--events', events);

    // What is searched has been written: an empty file holds no secret either.
    expect(readEventLines(events).filter(({ type }) => type === 'ended')).to.have.length(6);
    expect(readFileSync(join(cwd, 'told'), 'utf8').trim().split('\n')).to.have.length(4);
    expect(server.received.map(({ body }) => body.occasion)).to.include.members([
      'run_started',
      'fault_injected',
      'fault_recovered',
      'deviated',
      'run_ended',
    ]);
    const spans = JSON.stringify(server.received.flatMap(({ body }) => body.resourceSpans ?? []));
    for (const name of ['run shop', 'chapter Deviate', 'fault kill web-2'])
      expect(spans).to.include(`"name":"${name}"`);
    expect(page).to.include('gameday_operations_total');
    writeFileSync(out('told'), readFileSync(join(cwd, 'told')));
    writeFileSync(out('sent'), JSON.stringify(server.received.map(({ body }) => body)));
    writeFileSync(out('page'), page);
    writeFileSync(out('results'), results.join('\n'));

    const searched = filesOf(join(cwd, '.gameday', 'runs')).concat(
      filesOf(join(cwd, '.gameday', 'candidates')),
      filesOf(cwd).filter((path) => path.startsWith(join(cwd, 'out-'))),
    );
    expect(searched).to.have.length.above(18);
    const leaks = searched.flatMap((path) => {
      const found = PLANTED.exec(readFileSync(path, 'latin1'));
      return found ? [`${path.slice(cwd.length + 1)}: ${found[0]}`] : [];
    });
    expect(leaks).to.deep.equal([]);
  });

  it('the search would find them: they are where they were planted', () => {
    expect(story(1, 2).match(/S3CRET\w+/g)).to.have.length(20);
  });
});

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}
