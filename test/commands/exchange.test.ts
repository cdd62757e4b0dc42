/** `story import` and `story export`, with the real Chaos Toolkit where it is installed (`chaos` on the PATH). */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import {
  EIGHT,
  events,
  expectExit,
  foldersOfATest,
  pids,
  processStory,
  refusalOf,
  startProgram,
  wrapper,
} from './cli.ts';

const hasChaos = (() => {
  try {
    execFileSync('chaos', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();
/** As an experiment has it. */
const variable = (name: string) => `\${${name}}`;

const KILLED =
  '- { title: Break, on_enter: [ { inject: { kind: kill, service: web-1, countdown: 0s } }, { wait: 500ms } ] }';

describe('Chaos Toolkit', function () {
  this.timeout(180_000);
  let server: Server;
  let url: string;
  const asked: string[] = [];
  const folder = foldersOfATest();
  before(async () => {
    server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers['x-token'] ?? ''}`);
      response.writeHead(request.url === '/gone' ? 410 : 200);
      response.end(
        request.url === '/number' ? '42' : JSON.stringify({ state: { up: ['a', 'b'] } }),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  const http = (path: string, more = {}) => ({ type: 'http', url: `${url}${path}`, ...more });
  const shell = (line: string) => ({ type: 'process', path: 'sh', arguments: ['-c', line] });
  const probe = (name: string, tolerance: unknown, provider: unknown) => ({
    type: 'probe',
    name,
    tolerance,
    provider,
  });
  const exists = (path: string) => ({
    type: 'python',
    module: 'os.path',
    func: 'exists',
    arguments: { path },
  });
  const regex = (target: string, pattern: string) => ({ type: 'regex', target, pattern });

  /** Every tolerance that has a counterpart, each holding, and each `not` failing. */
  const TOLERANCES = () => [
    probe('status', 200, http('/')),
    probe('gone', 410, http('/gone')),
    probe('one of', [200, 410], http('/gone')),
    probe('body', regex('body', '"up":\\s*\\['), http('/')),
    probe('number', { type: 'range', target: 'body', range: [40, 45] }, http('/number')),
    probe('codes', { type: 'range', target: 'status', range: [200, 299] }, http('/')),
    probe(
      'path',
      { type: 'jsonpath', target: 'body', path: '$.state.up[1]', expect: ['b'] },
      http('/'),
    ),
    probe(
      'count',
      { type: 'jsonpath', target: 'body', path: '$.state.up[*]', count: 2 },
      http('/'),
    ),
    probe('post', 200, http('/p', { method: 'POST', arguments: { a: 'b c' } })),
    probe('exit', 3, shell('exit 3')),
    probe('there', true, exists('/')),
    probe('exits', [0, 3], shell('exit 3')),
    probe('out', regex('stdout', 'a+b'), shell('echo xaab')),
    probe('err', regex('stderr', 'bad'), shell('echo bad >&2')),
    probe('value', { type: 'range', target: 'stdout', range: [1, 2] }, shell('printf 1.5')),
  ];
  const FAILING = () => [
    probe('status', 201, http('/')),
    probe('one of', [201, 404], http('/gone')),
    probe('body', regex('body', 'down'), http('/')),
    probe('codes', { type: 'range', target: 'status', range: [300, 399] }, http('/')),
    probe(
      'path',
      { type: 'jsonpath', target: 'body', path: '$.state.up[1]', expect: ['x'] },
      http('/'),
    ),
    probe('none', { type: 'jsonpath', target: 'body', path: '$.no.such' }, http('/')),
    probe('exit', 3, shell('exit 2')),
    probe('not there', true, exists('/no/such')),
    probe('there', false, exists('/')),
    probe('out', regex('stdout', '^b'), shell('echo ab')),
    probe('err', regex('stderr', 'bad'), shell('echo bad')),
    probe('value', { type: 'range', target: 'stdout', range: [1, 2] }, shell('echo 3')),
  ];

  /** A stack of the process engine around an imported story. */
  async function playable(cwd: string): Promise<string> {
    const stack = (await processStory('')).split('chapters:')[0]?.replace('name: shop\n', '') ?? '';
    return `${stack}${readFileSync(join(cwd, 'gameday.yaml'), 'utf8')}`;
  }

  async function imported(experiment: object) {
    const { path: cwd } = folder({ 'experiment.json': JSON.stringify(experiment) });
    await expectExit(0, ['story', 'import', 'experiment.json'], { cwd });
    writeFileSync(join(cwd, 'gameday.yaml'), await playable(cwd));
    return cwd;
  }

  it('an experiment becomes a story that plays: tolerances, pauses, variables, rollbacks', async () => {
    asked.length = 0;
    const cwd = await imported({
      title: 'What if a shop closes?',
      description: 'We close it.',
      configuration: { path: '/conf', key: { type: 'env', key: 'SHOP_KEY', default: 'none' } },
      secrets: { shop: { token: { type: 'env', key: 'SHOP_TOKEN' }, plain: 'S3CRET' } },
      controls: [{ name: 'tracing', provider: { type: 'python', module: 'x' } }],
      'steady-state-hypothesis': { title: 'Open', probes: TOLERANCES() },
      method: [
        {
          type: 'action',
          name: 'close',
          provider: http(`${variable('path')}?k=${variable('key')}`, {
            headers: { 'X-Token': variable('token') },
          }),
          pauses: { before: 0.2, after: 0.1 },
        },
        {
          type: 'action',
          name: 'nap',
          provider: { type: 'python', module: 'time', func: 'sleep', arguments: { secs: 0.1 } },
        },
        { type: 'action', name: 'mark', provider: shell('echo done > marked') },
      ],
      rollbacks: [
        { ref: 'mark' },
        { type: 'action', name: 'open', provider: http('/open', { method: 'POST' }) },
      ],
    });
    const text = readFileSync(join(cwd, 'gameday.yaml'), 'utf8');
    expect(text).to.not.include('S3CRET');
    expect(text).to.include('# Controls are code').and.include('tracing');
    expect(text).to.include('# The secret plain is not copied: set PLAIN in the environment.');
    await expectExit(0, ['story', 'check'], { cwd });
    expect(asked, 'importing and checking ask nobody').to.deep.equal([]);
    const env = { SHOP_TOKEN: 'T0KEN' };
    const played = await expectExit(0, ['chapter', 'play', '--pause', '0', '--json'], { cwd, env });
    expect(played.json.end_of_story).to.equal(true);
    expect(asked.filter((line) => /conf|open/.test(line))).to.deep.equal([
      'GET /conf?k=none T0KEN',
      'POST /open ',
    ]);
    expect(readFileSync(join(cwd, 'marked'), 'utf8')).to.equal('done\n');
  });

  it('a tolerance that does not hold is not met', async () => {
    for (const failing of FAILING()) {
      const title = `fails: ${failing.name}`;
      const cwd = await imported({ title, method: [failing] });
      await expectExit(0, ['chapter', 'next'], { cwd });
      const { json } = await expectExit(8, ['chapter', 'next', '--json'], { cwd });
      expect(json.error.code, failing.name).to.equal('deviated');
    }
  });

  it('what has no counterpart is refused, all of it, by name', async () => {
    const python = { type: 'python', module: 'chaosk8s.pod.actions', func: 'terminate_pods' };
    const { path: cwd } = folder({
      'experiment.yaml': JSON.stringify({
        title: 'x',
        'steady-state-hypothesis': { title: 'y', probes: [probe('truth', true, http('/'))] },
        method: [
          { type: 'action', name: 'pods', provider: python },
          { type: 'action', name: 'who', provider: http(`/${variable('nobody')}`) },
        ],
      }),
    });
    const { message, code } = refusalOf(
      await expectExit(2, ['story', 'import', 'experiment.yaml', '--json'], { cwd }),
    );
    expect(code).to.equal('not_portable');
    expect(message)
      .to.include('"truth": the tolerance true never holds')
      .and.include('"pods": the Python function chaosk8s.pod.actions.terminate_pods')
      .and.include(`"who": nothing says what ${variable('nobody')} is`);
    await expectExit(2, ['story', 'import', 'no-such'], { cwd });
  });

  it('a file that is there is never overwritten', async () => {
    const { path: cwd } = folder({
      'gameday.yaml': await processStory(EIGHT),
      'e.json': JSON.stringify({ title: 'x', method: [] }),
    });
    await expectExit(2, ['story', 'import', 'e.json'], { cwd });
    expect(readFileSync(join(cwd, 'gameday.yaml'), 'utf8')).to.include('Welcome');
    const shown = await expectExit(0, ['story', 'import', 'e.json', '--stdout'], { cwd });
    expect(shown.stdout).to.include('title: x');
    await expectExit(0, ['story', 'export'], { cwd });
    await expectExit(2, ['story', 'export'], { cwd });
  });

  it('a story becomes an experiment that the real chaos validates and runs, and the fault is real', async function () {
    if (!hasChaos) this.skip();
    const story = await processStory(
      KILLED,
      `steady_state: [ { probe: { name: web, http: "${url}/", headers: { X-Token: T0KEN } } }, { probe: { tcp: "${new URL(url).host}" } }, { probe: { container: all } } ]`,
    );
    const { path: cwd } = folder({ 'gameday.yaml': story });
    const { json } = await expectExit(0, ['story', 'export', '--json'], { cwd });
    expect(json.notes.join()).to.include('"every instance" is left out');
    expect(readFileSync(json.path, 'utf8')).to.not.include('T0KEN');
    const env = {
      PATH: `${wrapper()}:${process.env.PATH}`,
      HOME: cwd,
      HEADER_X_TOKEN: 'T0KEN',
    };
    const chaos = async (...args: string[]) => {
      const ended = await startProgram('chaos', ['--no-version-check', ...args], { cwd, env })
        .ended;
      expect(ended.code, ended.stdout + ended.stderr).to.equal(0);
    };
    await chaos('validate', 'experiment.json');
    // A run has to be there for its services to be up.
    await expectExit(0, ['fault', 'inject', 'kill', 'web-2', '--countdown', '0'], { cwd });
    await expectExit(0, ['fault', 'recover'], { cwd });
    const before = pids(cwd);
    await chaos('run', '--journal-path', 'journal.json', 'experiment.json');
    const journal = JSON.parse(readFileSync(join(cwd, 'journal.json'), 'utf8'));
    expect(journal.status).to.equal('completed');
    expect(journal.deviated).to.equal(false);
    expect(asked.at(-1)).to.equal('GET / T0KEN');
    const types = events(cwd).map(({ type, fault }) => `${type} ${fault ?? ''}`.trim());
    expect(types).to.include.members(['fault.injected f2', 'fault.recovered f2']);
    expect(pids(cwd)['web-1']).to.not.equal(before['web-1']);
    expect(pids(cwd)['web-3']).to.equal(before['web-3']);
  });

  it('what the real chaos holds to be met and not met is held so here', async function () {
    if (!hasChaos) this.skip();
    const { path: cwd } = folder();
    for (const [probes, wanted] of [
      [TOLERANCES(), true],
      ...FAILING().map((each) => [[each], false] as const),
    ] as const) {
      writeFileSync(
        join(cwd, 'e.json'),
        JSON.stringify({
          title: 'x',
          description: 'x',
          'steady-state-hypothesis': { title: 'y', probes },
          method: [],
        }),
      );
      const run = [
        '--no-version-check',
        'run',
        '--journal-path',
        `${probes.length}.json`,
        'e.json',
      ];
      const { stderr } = await startProgram('chaos', run, {
        cwd,
        env: { HOME: cwd, PATH: process.env.PATH ?? '' },
      }).ended;
      expect(existsSync(join(cwd, `${probes.length}.json`)), stderr).to.equal(true);
      const journal = JSON.parse(readFileSync(join(cwd, `${probes.length}.json`), 'utf8'));
      expect(
        journal.steady_states.before.steady_state_met,
        JSON.stringify(journal.steady_states.before.probes.at(-1)),
      ).to.equal(wanted);
    }
  });
});
