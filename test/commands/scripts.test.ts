/** The scripts of examples/scripts and the habits of shell users: a real bash, real processes, nothing replaced. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { afterEach, before, beforeEach, describe, it } from 'mocha';
import { parse } from 'yaml';
import { EIGHT, expectExit, type Folder, makeFolder, processStory, start } from './cli.ts';
import { bash, type Running, shim, startBash } from './shell.ts';

const SCRIPTS = fileURLToPath(new URL('../../examples/scripts/', import.meta.url));
const LOOK_EVERY_MS = 100;

/** The second chapter breaks web-2; `rest` is what comes after it. */
const broken = (rest: string) => `
  - { title: Welcome }
  - { title: Fault, on_enter: [ { inject: { kind: kill, service: web-2, countdown: 0s } } ], blocks_advance: true }
${rest}`;

let folder: Folder;
let bin: string;
let running: Running[];

beforeEach(() => {
  folder = makeFolder();
  bin = shim(folder.path);
  running = [];
});
afterEach(async () => {
  for (const each of running) each.signal('SIGKILL');
  await Promise.all(running.map((each) => each.ended));
  await folder.cleanup();
});

async function story(chapters: string, extra = ''): Promise<void> {
  folder.write('gameday.yaml', await processStory(chapters, extra));
}

function run(name: string, args: string[] = [], env: NodeJS.ProcessEnv = {}): Running {
  const each = startBash([join(SCRIPTS, name), ...args], { cwd: folder.path, bin, env });
  running.push(each);
  return each;
}

/** Every fault of the run, as it was or is. */
async function faults(): Promise<
  { id: string; phase: string; outcome: string | null; targets: { label: string }[] }[]
> {
  return (await expectExit(0, ['fault', 'list', '--all', '--json'], { cwd: folder.path })).json
    .faults;
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  throw new Error(`waited in vain for ${what}`);
}

/** Ports of the story's web instances that answer. */
async function answering(): Promise<number> {
  const port = Number(
    /port: (\d+)/.exec(readFileSync(join(folder.path, 'gameday.yaml'), 'utf8'))?.[1],
  );
  const answers = await Promise.allSettled(
    [0, 1, 2].map((offset) => fetch(`http://127.0.0.1:${port + offset}/healthz`)),
  );
  return answers.filter((each) => each.status === 'fulfilled' && each.value.ok).length;
}

function needsJq(this: Mocha.Context): void {
  if (spawnSync('jq', ['--version']).status !== 0) this.skip();
}

describe('examples/scripts/play.sh', () => {
  before(needsJq);

  it('plays a story to its end, with one line a chapter, and leaves nothing behind', async () => {
    await story(EIGHT);
    const { code, stdout, stderr } = await run('play.sh', ['.', '--seed', '7']).ended;
    expect(code, stderr).to.equal(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).to.equal('[1/8] Welcome');
    expect(lines.find((line) => line.includes('live:'))).to.match(/^ {2}live: f1, kill web-[123]$/);
    expect(lines).to.include('[8/8] Demo Complete');
    expect(lines.at(-1)).to.equal('7 steps, 1 fault(s), all of them proven recovered.');
    expect((await faults()).map(({ id, outcome }) => ({ id, outcome }))).to.deep.equal([
      { id: 'f1', outcome: 'verified' },
    ]);
    expect(await answering()).to.equal(0);
    // The run is over: the same build tomorrow plays it again from the first chapter.
    expect(
      (await expectExit(0, ['chapter', 'list', '--json'], { cwd: folder.path })).json.current,
    ).to.equal(null);
  });

  it('fails with exit code 8 where a probe is not met, says why, and has mended what was broken', async () => {
    await story(
      broken(
        '  - { title: Steady, on_enter: [ { probe: { container: all, retry_for: 300ms } } ] }\n  - { title: Never }',
      ),
    );
    const { code, stdout, stderr } = await run('play.sh').ended;
    expect(code, stderr).to.equal(8);
    expect(stdout.trimEnd().split('\n')).to.deep.equal([
      '[1/4] Welcome',
      '[2/4] Fault',
      '  live: f1, kill web-2',
    ]);
    expect(stderr)
      .to.include('3 of 4 instances are running')
      .and.include('Next: chapter retry')
      .and.include('f1 recovered: web-2 started');
    expect((await faults()).map((fault) => fault.outcome)).to.deep.equal(['verified']);
    expect(await answering()).to.equal(0);
  });

  it('fails where a program of the story fails, with the code of that', async () => {
    await story(broken('  - { title: Broken step, on_enter: [ { run: ["false"] } ] }'));
    const { code, stderr } = await run('play.sh').ended;
    expect(code, stderr).to.equal(8);
    expect(stderr).to.include('`false` ended with exit code 1');
  });

  it('fails with exit code 9 where a story leaves its fault live: the trap mends it, the build is red all the same', async () => {
    await story(broken(''));
    const { code, stderr } = await run('play.sh').ended;
    expect(code, stderr).to.equal(9);
    expect(stderr).to.include('f1: injected').and.include('f1 recovered');
  });

  it('fails at once where the story has a mistake, and breaks nothing', async () => {
    folder.write('gameday.yaml', 'name: shop\nchapter: []\n');
    const { code, stdout, stderr } = await run('play.sh').ended;
    expect(code).to.equal(2);
    expect(stdout).to.equal('');
    expect(stderr).to.include('gameday.yaml has 2 problems');
  });

  for (const [name, wanted] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    it(`mends in its trap when ${name} ends it with a fault live`, async () => {
      await story(broken('  - { title: Long, on_enter: [ { wait: 5m } ] }'));
      const script = run('play.sh');
      await until('the fault, and the wait after it', async () => {
        const { json } = await expectExit(0, ['chapter', 'list', '--json'], { cwd: folder.path });
        return json.current?.id === 'long';
      });
      script.signal(name);
      const { code, stderr } = await script.ended;
      expect(code, stderr).to.equal(wanted);
      expect((await faults()).map((fault) => fault.outcome)).to.deep.equal(['verified']);
      expect(await answering()).to.equal(0);
    });
  }
});

describe('examples/scripts/until-end.sh', () => {
  it('goes on until exit code 3, which is its success, and can be called again', async () => {
    await story('  - { title: One }\n  - { title: Two }\n  - { title: Three }');
    for (let round = 0; round < 2; round++) {
      const { code, stdout, stderr } = await run('until-end.sh', [], { PAUSE: '0' }).ended;
      expect(code, stderr).to.equal(0);
      expect(stdout.match(/^\[\d\/3\] \w+/gm)).to.deep.equal([
        '[1/3] One',
        '[2/3] Two',
        '[3/3] Three',
      ]);
    }
  });

  it('ends with the code of the chapter that failed, and leaves everything as it stands', async () => {
    await story(broken('  - { title: Steady, on_enter: [ { probe: { container: all } } ] }'));
    const { code } = await run('until-end.sh', [], { PAUSE: '0' }).ended;
    expect(code).to.equal(8);
    expect((await faults()).map((fault) => fault.phase)).to.deep.equal(['injected']);
  });
});

describe('examples/scripts/cron.sh', () => {
  before(needsJq);

  const log = () =>
    readFileSync(join(folder.path, 'gameday-cron.log'), 'utf8').trimEnd().split('\n');

  it('breaks one instance, waits until it is mended, and logs both; also from another folder with the bare PATH of cron', async () => {
    await story('  - { title: Welcome }');
    const script = startBash([join(SCRIPTS, 'cron.sh'), folder.path, 'web-3', 'pause', '1s'], {
      cwd: '/',
      bin,
      env: { HOME: folder.path },
    });
    running.push(script);
    const { code, stdout, stderr } = await script.ended;
    expect(code, stderr).to.equal(0);
    expect([stdout, stderr]).to.deep.equal(['', '']); // cron mails whatever is printed
    expect(log()).to.have.length(2);
    expect(log()[0]).to.match(/^\d{4}-\S+Z f1: pause web-3 for 1s$/);
    expect(log()[1]).to.match(/^\S+Z f1: verified, web-3 /);
    expect(await answering()).to.equal(3);
  });

  it('leaves the stack alone while a story is played, and while another command holds the run', async () => {
    await story('  - { title: One }\n  - { title: Two }');
    await expectExit(0, ['chapter', 'next'], { cwd: folder.path });
    expect((await run('cron.sh', [folder.path, 'web']).ended).code).to.equal(0);
    expect(log().at(-1)).to.include('left alone: chapter one of a story');
    expect(await faults()).to.deep.equal([]);

    await expectExit(0, ['chapter', 'reset'], { cwd: folder.path });
    const other = start(['fault', 'inject', 'kill', 'web-1', '--countdown', '60'], {
      cwd: folder.path,
    });
    try {
      await until('the countdown', async () => other.output().includes('web-1'));
      expect((await run('cron.sh', [folder.path, 'web']).ended).code).to.equal(0);
      expect(log().at(-1)).to.match(/left alone: .*fault inject/);
    } finally {
      other.child.kill('SIGINT');
      await other.ended;
    }
  });

  it('two at once break one thing', async function () {
    if (spawnSync('bash', ['-c', 'command -v flock']).status !== 0) this.skip();
    await story('  - { title: Welcome }');
    const both = await Promise.all(
      [1, 2].map(() => run('cron.sh', [folder.path, 'web', 'kill', '1s']).ended),
    );
    expect(both.map((each) => each.code)).to.deep.equal([0, 0]);
    expect(log().filter((line) => line.includes('left alone'))).to.have.length(1);
    expect((await faults()).map((fault) => fault.outcome)).to.deep.equal(['verified']);
  });

  it('fails loudly where there is no such service', async () => {
    await story('  - { title: Welcome }');
    const { code, stderr } = await run('cron.sh', [folder.path, 'wbe']).ended;
    expect(code).to.equal(5);
    expect(stderr).to.include('wbe');
    expect(log().at(-1)).to.include('failed (5)');
  });
});

/** The schemas that GitHub and GitLab have published of their files, as the program of that name brings them; false: it is not here. */
function heldAgainst(schema: string, file: string): boolean {
  const checked = spawnSync('check-jsonschema', ['--builtin-schema', schema, join(SCRIPTS, file)], {
    encoding: 'utf8',
  });
  if (checked.error) return false;
  expect(checked.status, checked.stdout + checked.stderr).to.equal(0);
  return true;
}

/** What each pipeline does beside installing gameday, and starting and stopping the stack. */
const OURS = [
  'gameday story check',
  './play.sh . --seed 7',
  'gameday fault recover',
  './report.sh',
];

describe('the pipelines of examples/scripts', () => {
  before(needsJq);
  const isOurs = (line: string) => !/^(npm|docker|gh) /.test(line);

  async function prepared(chapters: string): Promise<void> {
    await story(chapters);
    for (const name of ['play.sh', 'report.sh'])
      copyFileSync(join(SCRIPTS, name), join(folder.path, name));
  }

  /** Line after line, each in a shell of its own, as a runner does it. To their exit codes. */
  async function played(lines: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<number[]> {
    const codes: number[] = [];
    for (const line of lines) {
      const options = { cwd: folder.path, bin, env: { CI: 'true', ...env } };
      const { code } = await bash(['-eo', 'pipefail', '-c', line], options);
      codes.push(code ?? -1);
    }
    return codes;
  }

  it('ci.yml: the steps run, and leave a report in the summary', async () => {
    await prepared(EIGHT);
    const { jobs } = parse(readFileSync(join(SCRIPTS, 'ci.yml'), 'utf8'));
    const steps: { name?: string; run?: string; uses?: string }[] = jobs.rehearse.steps;
    for (const step of steps)
      expect(Object.keys(step).filter((key) => key === 'run' || key === 'uses')).to.have.length(1);
    const lines = steps.flatMap((step) => (step.run && isOurs(step.run) ? [step.run] : []));
    expect(lines.slice(0, -1)).to.deep.equal(OURS);
    const summary = join(folder.path, 'summary.md');
    expect(await played(lines, { GITHUB_STEP_SUMMARY: summary })).to.deep.equal([0, 0, 0, 0, 0]);
    expect(readFileSync(summary, 'utf8')).to.include('shop');
    const report = (name: string) =>
      readFileSync(join(folder.path, 'gameday-report', name), 'utf8');
    expect(report('gameday.xml')).to.include('<testsuites');
    expect(report('gameday.html')).to.include('<!doctype html>');
  });

  it('gitlab-ci.yml: the steps run, fail where the stack deviated, and comment the report', async () => {
    await prepared(
      '  - { title: Bad, on_enter: [ { probe: { tcp: "127.0.0.1:9", retry_for: 0 } } ] }',
    );
    const job = parse(readFileSync(join(SCRIPTS, 'gitlab-ci.yml'), 'utf8'))['game day'];
    const lines: string[] = [...job.before_script, ...job.script, ...job.after_script].filter(
      isOurs,
    );
    expect(lines.slice(0, -1)).to.deep.equal(OURS);
    const asked: { url: string; token: unknown; body: string }[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (piece) => {
        body += piece;
      });
      request.on('end', () => {
        asked.push({ url: request.url ?? '', token: request.headers['private-token'], body });
        response.writeHead(201).end('{}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const codes = await played(lines, {
        CI_API_V4_URL: `http://127.0.0.1:${port}/api/v4`,
        CI_PROJECT_ID: '5',
        CI_MERGE_REQUEST_IID: '7',
        GAMEDAY_TOKEN: 'T0KEN',
      });
      expect(codes).to.deep.equal([0, 8, 0, 0, 0]);
    } finally {
      server.close();
    }
    expect(asked.map(({ url, token }) => [url, token])).to.deep.equal([
      ['/api/v4/projects/5/merge_requests/7/notes', 'T0KEN'],
    ]);
    expect(new URLSearchParams(asked[0]?.body).get('body')).to.include('deviated');
  });

  it('Jenkinsfile: the steps are the same, and its braces and quotes are closed', () => {
    const text = readFileSync(join(SCRIPTS, 'Jenkinsfile'), 'utf8');
    const lines = [...text.matchAll(/^ *sh '([^'\n]*)'$/gm)].map(([, line = '']) => line);
    expect(lines.filter(isOurs)).to.deep.equal(OURS);
    const code = text.replaceAll(/'[^'\n]*'/g, '').replaceAll(/^ *\/\/.*$/gm, '');
    expect(code).to.not.include("'");
    for (const [open, close] of ['{}', '()'])
      expect(code.split(open as string).length, open).to.equal(code.split(close as string).length);
  });

  it('are as the schemas of GitHub and GitLab say', function () {
    if (!heldAgainst('vendor.github-workflows', 'ci.yml')) return this.skip();
    heldAgainst('vendor.gitlab-ci', 'gitlab-ci.yml');
  });

  it('report.sh has nothing to tell where no run has begun', async () => {
    await prepared(EIGHT);
    expect(await played(['./report.sh'])).to.deep.equal([0]);
    expect(existsSync(join(folder.path, 'gameday-report', 'gameday.md'))).to.equal(false);
  });
});

describe('what shell users do', () => {
  before(needsJq);

  const line = (text: string) => bash(['-o', 'pipefail', '-c', text], { cwd: folder.path, bin });

  it('`| head -1`, `&&`, `||` and `$(…)` behave', async () => {
    await story('  - { title: One, narration: First. }\n  - { title: Two }');
    const cases: [string, number, string][] = [
      ['gameday chapter list | head -1', 0, '  [1/2] One  one\n'],
      ['gameday chapter list | true', 0, ''],
      ['gameday --help | true', 0, ''],
      ['gameday fault kinds | head -1 >/dev/null', 0, ''],
      [
        'gameday chapter next >/dev/null && gameday chapter next --json | jq -r .chapter.id',
        0,
        'two\n',
      ],
      ['gameday chapter next 2>/dev/null || echo "code $?"', 0, 'code 3\n'],
      ['echo "now: $(gameday chapter list --json | jq -r .current.id)"', 0, 'now: two\n'],
      ['gameday nonsense 2>/dev/null', 2, ''],
      ['gameday chapter next one two --json | jq -r ".error.code, .error.exit"', 2, 'usage\n2\n'],
      ['gameday --json nonsense | jq -r .error.code', 2, 'usage\n'],
      [
        'gameday chapter list --help --json | head -1',
        0,
        'List the chapters of the story, where the run stands, and what people noted.\n',
      ],
    ];
    for (const [text, code, stdout] of cases) {
      const shelled = await line(text);
      expect(shelled.code, `${text}\n${shelled.stderr}`).to.equal(code);
      if (stdout) expect(shelled.stdout, text).to.equal(stdout);
      expect(shelled.stderr, text).to.not.match(/EPIPE|unsettled|at .*:\d+:\d+/);
    }
  });

  it('ids go through xargs, one command each', async () => {
    await story('  - { title: One }');
    const inject = (which: string) =>
      expectExit(0, ['fault', 'inject', 'kill', which, '--countdown', '0'], { cwd: folder.path });
    await inject('web-1');
    await inject('web-2');
    const { code, stdout, stderr } = await line(
      "gameday fault list --json | jq -r '.faults[].id' | xargs -n1 gameday fault recover",
    );
    expect(code, stderr).to.equal(0);
    expect(stdout).to.match(/^f[12] recovered: .*\nf[12] recovered: /);
    expect((await faults()).map((fault) => fault.outcome)).to.deep.equal(['verified', 'verified']);
  });

  it('closed and full outputs end nothing midway: what was begun is done, and the journal knows it', async () => {
    await story('  - { title: One }\n  - { title: Two }\n  - { title: Three }');
    for (const redirected of ['<&-', '>&-', '2>&-', '<&- >&- 2>&-']) {
      const { code, stderr } = await line(
        `gameday fault inject kill web-1 --countdown 0 ${redirected} && gameday fault recover ${redirected}`,
      );
      expect(code, `${redirected}\n${stderr}`).to.equal(0);
    }
    expect((await faults()).map((fault) => fault.outcome)).to.deep.equal([
      'verified',
      'verified',
      'verified',
      'verified',
    ]);
  });

  it('a result that does not fit on the disk is an error, said in one line', async function () {
    if (!existsSync('/dev/full')) this.skip();
    await story('  - { title: One }');
    const { code, stderr } = await line('gameday chapter list >/dev/full');
    expect(code).to.equal(1);
    expect(stderr).to.match(/^The result could not be written: ENOSPC.*\n$/);
  });
});
