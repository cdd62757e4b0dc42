/** `story doctor` on real folders, processes and engines: it looks, changes nothing, and always has an answer. */
import {
  appendFileSync,
  chmodSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { testDocker } from '../docker/docker.ts';
import { type DockerStack, makeDockerStack } from '../engine/docker-stack.ts';
import { EIGHT, expectExit, foldersOfATest, gameday, processStory, startUntil } from './cli.ts';
import { killWatchdog, watchdogPid } from './watchdog.ts';

const NO_DOCKER = { DOCKER_HOST: 'unix:///nowhere/docker.sock', DOCKER_CONTEXT: '' };
const DOCTOR = ['story', 'doctor'];

interface Found {
  about: string;
  level: string;
  text: string;
  next: string | null;
  code: string | null;
}

/** Everything in a folder with its content, to see that nothing was changed. */
function picture(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const path = join(folder, name);
      const { mode } = statSync(path);
      return `${name} ${mode} ${statSync(path).isFile() ? readFileSync(path, 'latin1') : ''}`;
    });
}

describe('story doctor', function () {
  this.timeout(60_000);
  const folder = foldersOfATest(killWatchdog);

  /** What it says under --json, which must be what it says to people, with the same exit code. */
  async function examine(
    code: number,
    cwd: string,
    env: NodeJS.ProcessEnv = {},
    flags: string[] = [],
  ): Promise<(about: string) => Found> {
    const { json, stderr } = await expectExit(code, [...DOCTOR, '--json', ...flags], { cwd, env });
    expect(stderr).to.equal('');
    expect(json.exit).to.equal(code);
    const findings = json.findings as Found[];
    expect(json.problems).to.equal(findings.filter(({ level }) => level === 'problem').length);
    return (about) => {
      const found = findings.find((each) => each.about === about);
      if (!found)
        throw new Error(`nothing about ${about}: ${findings.map((each) => each.about).join(', ')}`);
      return found;
    };
  }

  it('where there is nothing: no story, no run, no Docker; and makes nothing', async () => {
    const empty = folder();
    const about = await examine(6, empty.path, NO_DOCKER);
    expect(about('story')).to.include({ level: 'ok', next: 'story init' });
    expect(about('engine')).to.include({ level: 'problem', code: 'engine_unreachable' });
    expect(about('engine').text).to.include('/nowhere/docker.sock');
    expect(about('journal').text).to.equal('no run has begun');
    const { stdout } = await expectExit(6, DOCTOR, { cwd: empty.path, env: NO_DOCKER });
    expect(stdout)
      .to.match(/^ok {7}node {10}Node\.js \d+/)
      .and.match(/^problem {2}engine .*\n {2,}\S/m)
      .and.match(/^1 problem, \d+ warnings?\.\n$/m);
    expect(readdirSync(empty.path)).to.deep.equal([]);
  });

  it('with a broken story: its problem, and all else all the same', async () => {
    const shop = folder({ 'gameday.yaml': 'nam: shop\nchapters: []\n' });
    const about = await examine(2, shop.path, NO_DOCKER);
    expect(about('story')).to.include({
      level: 'problem',
      code: 'invalid_story',
      next: 'story check',
    });
    expect(about('story').text).to.match(/line 1/);
    expect(about('engine').level).to.equal('problem');
    expect(about('state folder').level).to.equal('ok');
  });

  it('before and in a run on the process engine: no problem, nothing changed, then each thing that is wrong', async () => {
    const shop = folder({ 'gameday.yaml': await processStory(EIGHT) });
    const before = await examine(0, shop.path);
    expect(before('stack').text).to.include('its services start with the first chapter');
    await expectExit(0, ['chapter', 'next'], { cwd: shop.path });
    const whole = picture(join(shop.path, '.gameday', 'runs'));
    const about = await examine(0, shop.path);
    expect(picture(join(shop.path, '.gameday', 'runs')), 'it only looks').to.deep.equal(whole);
    expect(about('stack').text).to.equal('shop: 4 of 4 instances are running');
    expect(about('git')).to.include({ level: 'ok' });
    expect(about('journal').text).to.match(/journal\.ndjson is whole: \d+ event/);
    expect(about('watchdog').text).to.match(/^none is needed/);

    chmodSync(join(shop.path, '.gameday'), 0o755);
    const others = await examine(0, shop.path);
    expect(others('state folder')).to.include({ level: 'warning' });
    expect(others('state folder').next).to.include('chmod 700');
    chmodSync(join(shop.path, '.gameday'), 0o700);

    const journal = join(shop.path, '.gameday/runs/r1/journal.ndjson');
    const text = readFileSync(journal, 'utf8');
    appendFileSync(journal, '{"v":1,"seq":99,"ty');
    const torn = await examine(0, shop.path);
    expect(torn('journal')).to.include({ level: 'warning' });
    expect(torn('journal').text).to.match(/:\d+: the last line was cut off/);

    const lines = text.split('\n');
    lines[1] = '{"v":1,"seq":2,"broken';
    writeFileSync(journal, lines.join('\n'));
    rmSync(join(shop.path, '.gameday/runs/r1/snapshot.json'), { force: true });
    const damaged = await examine(4, shop.path);
    expect(damaged('journal')).to.include({ level: 'problem', code: 'journal_damaged' });
    expect(damaged('journal').text).to.include(`${journal}:2`);
    expect(damaged('engine').level, 'the rest is still looked at').to.equal('ok');
    expect(readFileSync(journal, 'utf8'), 'left as it is').to.equal(lines.join('\n'));
    writeFileSync(journal, text);
  });

  it('says who holds the run, and since when', async () => {
    const shop = folder({ 'gameday.yaml': await processStory(EIGHT) });
    const { child, ended } = await startUntil(
      /Injecting fault in/,
      ['fault', 'inject', 'kill', 'web-1', '--countdown', '50s'],
      { cwd: shop.path },
    );
    const about = await examine(4, shop.path);
    expect(about('lock')).to.include({ level: 'problem', code: 'run_busy' });
    expect(about('lock').text).to.match(
      new RegExp(`\`fault inject\` \\(pid ${child.pid}\\) has held the run for \\d`),
    );
    child.kill('SIGINT');
    await ended;
    expect((await examine(0, shop.path))('lock').level).to.equal('ok');
  });

  it('knows the watchdog: what it guards and measures, up to which event, its log; and that it is gone', async () => {
    const workload = 'workload: { kind: tcp, host: 127.0.0.1, port: 1, rate: 20/s }';
    const text = await processStory(EIGHT, workload);
    const shop = folder({
      'gameday.yaml': text.replace('port: 1,', `port: ${/port: (\d+)/.exec(text)?.[1]},`),
    });
    const at = { cwd: shop.path };
    await expectExit(0, ['workload', 'start'], at);
    await expectExit(
      0,
      ['fault', 'inject', 'pause', 'web-3', '--countdown', '0', '--duration', '10m', '--force'],
      at,
    );
    const about = await examine(0, shop.path);
    expect(about('watchdog').text).to.match(
      new RegExp(
        `^alive \\(pid ${watchdogPid(shop.path)}, since .*guards f1, measures the tcp workload.*event (\\d+) of \\1$`,
      ),
    );
    expect(about('watchdog log').text).to.match(/watchdog\.log, \d+ bytes, no problem in it/);
    expect(about('workload').text).to.match(/^tcp: .* measured \(.*samples\.ndjson/);
    expect(about('faults')).to.include({ level: 'warning', next: 'fault recover f1' });
    expect(about('faults').text).to.match(/ends by itself in (9m|10m)/);
    await killWatchdog(shop.path);
    const gone = await examine(4, shop.path);
    expect(gone('watchdog')).to.include({
      level: 'problem',
      code: 'watchdog_gone',
      next: 'fault recover',
    });
    const human = await gameday(DOCTOR, at);
    expect(human.stdout).to.include('Next: `gameday fault recover`');
  });

  it('refuses to look at an engine on another machine, and says how it would', async () => {
    const about = await examine(4, folder().path, { DOCKER_HOST: 'tcp://192.0.2.1:2375' });
    expect(about('engine')).to.include({ code: 'remote_engine', level: 'problem' });
  });

  it('says whose the state folder is that cannot be made', async () => {
    const shop = folder({ file: 'no folder' });
    const about = await examine(4, shop.path, NO_DOCKER, [
      '--engine',
      'compose',
      '--state-dir',
      join(shop.path, 'file', 'state'),
    ]);
    expect(about('state folder')).to.include({ level: 'problem', code: 'state_unwritable' });
  });
});

describe('story doctor on a Docker engine', function () {
  this.timeout(120_000);
  let stack: DockerStack;

  before(async function () {
    const docker = await testDocker();
    if (!docker) return this.skip();
    stack = await makeDockerStack(docker, 'contract');
  });
  after(() => stack?.cleanup());

  it('names its version and API, its clock, Docker Compose, the stack, and how a crash would be done', async () => {
    const at = { cwd: stack.folder, env: stack.env };
    const { json } = await expectExit(0, [...DOCTOR, '--json', '--project', stack.project], at);
    const about = (name: string) =>
      json.findings.find((each: Found) => each.about === name) as Found;
    expect(about('engine').text).to.match(
      /^Docker \d+\.\S+ \(API 1\.\d+, .*\) at unix:\/\/.*, named by DOCKER_HOST$/,
    );
    expect(about('clock').text).to.match(/^the engine's clock agrees with this machine, within/);
    expect(about('compose').text).to.match(/^Docker Compose v?\d/);
    expect(about('stack').text).to.match(/instances are running; `crash` /);
    await stack.compose('stop', '--timeout', '0');
    const down = await expectExit(5, [...DOCTOR, '--json', '--project', stack.project], at);
    expect(down.json.findings.find((each: Found) => each.about === 'stack')).to.include({
      code: 'stack_down',
      level: 'problem',
    });
  });
});
