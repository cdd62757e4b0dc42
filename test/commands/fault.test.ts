/** `fault` on a stack of processes: what is hit, what is refused, and what comes back, as the system's own table of processes has it. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import { EIGHT, expectExit, type Folder, makeFolder, pids, processStory, until } from './cli.ts';

const NOW = ['--countdown', '0'];
const LAST = ['--overrule', 'last_healthy,max_unavailable'];
/** Guards have a test of their own; here everything may be broken at once. */
const inject = (...args: string[]) => ['fault', 'inject', ...args, ...NOW, ...LAST];

/** How each instance differs from before: `down`, `frozen`, `other` for a new process; the others are left out. */
function differences(
  whole: Record<string, number>,
  now: Record<string, number>,
): Record<string, string> {
  const how = (was: number, is: number | undefined) =>
    is === undefined ? 'down' : is === -was ? 'frozen' : is === was ? '' : 'other';
  return Object.fromEntries(
    Object.entries(whole).flatMap(([label, was]) =>
      how(was, now[label]) ? [[label, how(was, now[label])]] : [],
    ),
  );
}

describe('fault, with no story at all', () => {
  let folder: Folder;
  const at = () => ({ cwd: folder.path });
  const state = () => join(folder.path, '.gameday');

  before(() => {
    folder = makeFolder({ Procfile: 'web: sleep 600\nredis: sleep 601\n' });
  });
  after(() => folder?.cleanup());

  it('lists the kinds, and how each is undone', async () => {
    const { stdout } = await expectExit(0, ['fault', 'kinds'], at());
    for (const kind of ['kill', 'stop', 'pause', 'crash'])
      expect(stdout).to.match(new RegExp(`^${kind} .*; undone by (restart|unpause)$`, 'm'));
  });

  it('lists nothing, recovers nothing, and leaves nothing behind where nothing is', async () => {
    expect((await expectExit(0, ['fault', 'list'], at())).stdout).to.equal('No fault is live.\n');
    expect((await expectExit(0, ['fault', 'list', '--json'], at())).json.faults).to.deep.equal([]);
    expect((await expectExit(0, ['fault', 'recover'], at())).stdout).to.match(/nothing to recover/);
    expect(existsSync(state())).to.equal(false);
  });

  it('tells in a dry run what it would hit and how that is undone, and changes nothing', async () => {
    const { stdout } = await expectExit(0, ['fault', 'inject', 'kill', 'redis', '--dry-run'], at());
    expect(stdout)
      .to.match(/kill one random instance of redis/)
      .and.match(/target: redis-1 \(/)
      .and.match(/undo: restart the same target/);
    expect(stdout).not.to.match(/refused|docker/);
    const { json } = await expectExit(
      0,
      ['fault', 'inject', 'pause', 'redis', '--dry-run', '--duration', '5s', '--json'],
      at(),
    );
    expect(json.plan.steps[0].undo).to.match(/unpause the same target after 5s/);
    expect(existsSync(state())).to.equal(false);
  });

  it('breaks one and brings it back', async () => {
    const ended = await expectExit(0, inject('kill', 'redis'), at());
    expect(ended.stdout).to.match(
      /^f1: killed redis-1 \(.*redis-1\)\. Recover with `gameday fault recover`\.\n$/,
    );
    expect(Object.keys(pids(folder.path))).to.deep.equal(['web-1']);
    const web = pids(folder.path)['web-1'];
    expect((await expectExit(0, ['fault', 'list'], at())).stdout).to.match(
      /^f1: kill redis-1 {2}injected, live for/,
    );
    expect((await expectExit(0, ['fault', 'recover'], at())).stdout).to.match(
      /^f1 recovered: redis-1 started, running/,
    );
    expect(pids(folder.path)).to.include({ 'web-1': web }).and.have.property('redis-1');
    expect((await expectExit(0, ['fault', 'list', '--all'], at())).stdout).to.match(
      /^f1: kill redis-1 {2}recovered \(verified\)/,
    );
  });

  it('is found from a folder below', async () => {
    const below = join(folder.path, 'a', 'b');
    mkdirSync(below, { recursive: true });
    expect(
      (await expectExit(0, ['fault', 'list', '--all', '--json'], { cwd: below })).json.run,
    ).to.equal('r1');
  });
});

describe('fault, on the stack of a story', () => {
  let folder: Folder;
  let whole: Record<string, number>;
  const at = () => ({ cwd: folder.path });
  const live = async () =>
    (await expectExit(0, ['fault', 'list', '--json'], at())).json.faults as any[];
  const now = () => differences(whole, pids(folder.path));

  before(async () => {
    folder = makeFolder({
      'gameday.yaml': await processStory(
        EIGHT,
        'blast_radius: { max_targets: 3, max_unavailable: 100% }',
      ),
    });
    await expectExit(0, ['chapter', 'next'], at());
  });
  // What runs when a test begins: a recovery gives a process a new pid.
  beforeEach(() => {
    whole = pids(folder.path);
    expect(Object.keys(whole)).to.deep.equal(['keeper-1', 'web-1', 'web-2', 'web-3']);
  });
  afterEach(async () => {
    await expectExit(0, ['fault', 'recover', '--wait'], at());
  });
  after(() => folder?.cleanup());

  it('kills one, pauses one, stops one: each recovered by itself, whatever the others are', async () => {
    await expectExit(0, inject('kill', 'web-1'), at());
    await expectExit(0, inject('pause', 'web-2'), at());
    await expectExit(0, inject('stop', 'web-3'), at());
    expect(now()).to.deep.equal({ 'web-1': 'down', 'web-2': 'frozen', 'web-3': 'down' });
    const [one, two, three] = (await live()).map((fault) => fault.id);
    await expectExit(0, ['fault', 'recover', two], at());
    expect(now()).to.deep.equal({ 'web-1': 'down', 'web-3': 'down' });
    await expectExit(0, ['fault', 'recover', one], at());
    expect(now()).to.deep.equal({ 'web-1': 'other', 'web-3': 'down' });
    const again = await expectExit(0, ['fault', 'recover', one], at());
    expect(again.stdout).to.match(/nothing to recover/);
    expect((await live()).map((fault) => fault.id)).to.deep.equal([three]);
    await expectExit(0, ['fault', 'recover'], at());
    expect(now()).to.deep.equal({ 'web-1': 'other', 'web-3': 'other' });
    await expectExit(0, ['fault', 'recover', '--json'], at());
  });

  it('undoes the newest first', async () => {
    for (const label of ['web-3', 'web-1', 'web-2'])
      await expectExit(0, inject('pause', label), at());
    const { json } = await expectExit(0, ['fault', 'recover', '--json'], at());
    expect(json.faults.map((fault: any) => fault.targets[0].label)).to.deep.equal([
      'web-2',
      'web-1',
      'web-3',
    ]);
    expect(json.live_faults).to.deep.equal([]);
    expect(now()).to.deep.equal({});
  });

  it('crashes one whose restart policy acts, and sees that it was brought back', async () => {
    await expectExit(0, inject('crash', 'keeper'), at());
    await until('the policy to act', () => pids(folder.path)['keeper-1'] !== undefined);
    const [fault] = await live();
    expect(fault.drift[0].finding).to.equal('revived');
    expect(fault.drift[0].text).to.include('restart policy "always"');
    expect((await expectExit(0, ['fault', 'recover'], at())).stdout).to.match(
      /brought back by its restart policy/,
    );
    expect(now()).to.deep.equal({ 'keeper-1': 'other' });
  });

  it('keeps one that it killed down, though its policy says always', async () => {
    await expectExit(0, inject('kill', 'keeper'), at());
    expect((await live())[0].drift[0].finding).to.equal('in_force');
    expect(now()).to.deep.equal({ 'keeper-1': 'down' });
  });

  it('shows that somebody undid it by hand, and recovers all the same', async () => {
    await expectExit(0, inject('pause', 'web-1'), at());
    process.kill(whole['web-1'] as number, 'SIGCONT');
    const [fault] = await live();
    expect(fault.drift[0]).to.include({
      finding: 'undone',
      text: 'web-1 runs: somebody undid the fault',
    });
    expect((await expectExit(0, ['fault', 'list'], at())).stdout).to.include(
      'drift: web-1 runs: somebody undid the fault',
    );
    expect((await expectExit(0, ['fault', 'recover'], at())).stdout).to.match(
      /recovered: web-1 runs: somebody undid the fault, healthy/,
    );
    expect(now()).to.deep.equal({});
  });

  it('recovers what is left when the target dies in the middle of its fault', async () => {
    await expectExit(0, inject('pause', 'web-1'), at());
    process.kill(whole['web-1'] as number, 'SIGKILL');
    await until('its death', () => pids(folder.path)['web-1'] === undefined);
    expect((await live())[0].drift[0].finding).to.equal('changed');
    await expectExit(0, ['fault', 'recover'], at());
    expect(now()).to.deep.equal({ 'web-1': 'other' });
  });

  it('draws the same one for the same seed', async () => {
    const drawn: string[] = [];
    for (const seed of ['7', '7', '8', '9']) {
      const { json } = await expectExit(
        0,
        [...inject('pause', 'web', '--seed', seed), '--json'],
        at(),
      );
      drawn.push(json.fault.targets[0].label);
      expect(json.fault.seed).to.equal(Number(seed));
      await expectExit(0, ['fault', 'recover'], at());
    }
    expect(drawn[0]).to.equal(drawn[1]);
    expect(new Set(drawn).size, `${drawn}: always the same is no drawing`).to.be.above(1);
  });

  it('hits as many as asked for, as one fault', async () => {
    const two = await expectExit(0, [...inject('pause', 'web', '--count', '2'), '--json'], at());
    expect(two.json.fault.targets).to.have.length(2);
    expect(Object.values(now())).to.deep.equal(['frozen', 'frozen']);
    await expectExit(0, ['fault', 'recover'], at());
    const all = await expectExit(0, inject('kill', 'web', '--all'), at());
    expect(all.stdout).to.match(/killed web-1 .*, web-2 .*, web-3 /);
    expect(now()).to.deep.equal({ 'web-1': 'down', 'web-2': 'down', 'web-3': 'down' });
  });

  it('refuses more than the story allows, beside what is broken already', async () => {
    const { error } = (await expectExit(4, [...inject('kill', '--all'), '--json'], at())).json;
    expect(error).to.include({ code: 'blast_radius', exit: 4 });
    expect(error.message).to.match(/4 targets would exceed blast_radius.max_targets, which is 3/);
    await expectExit(0, inject('pause', 'web', '--all'), at());
    const more = (await expectExit(4, [...inject('pause', 'keeper'), '--json'], at())).json.error;
    expect(more).to.include({ code: 'blast_radius', next: 'fault recover' });
    expect(more.message).to.match(/beside 3 that are broken already/);
    expect(now()).to.not.have.property('keeper-1');
  });

  it('refuses a target that a live fault holds, by name and by service', async () => {
    await expectExit(0, inject('pause', 'web-2'), at());
    const [{ id }] = (await live()) as [{ id: string }];
    const { error } = (await expectExit(4, [...inject('kill', 'web-2'), '--json'], at())).json;
    expect(error).to.include({ code: 'already_faulted', next: `fault recover ${id}` });
    expect(error.message).to.include(`web-2 is held by the live fault ${id}`);
    await expectExit(0, inject('kill', 'web'), at());
    expect(now()).to.include({ 'web-2': 'frozen' });
    await expectExit(0, inject('kill', 'web'), at());
    expect(
      (await expectExit(4, [...inject('kill', 'web'), '--json'], at())).json.error.code,
    ).to.equal('already_faulted');
  });

  it('names the nearest service, kind and fault', async () => {
    const service = await expectExit(5, inject('kill', 'wen'), at());
    expect(service.stderr)
      .to.match(/No service is called "wen"; there are keeper, web\./)
      .and.match(/Did you mean `web`\?/);
    const piece = (await expectExit(5, [...inject('kill', 'eb'), '--json'], at())).json.error;
    expect(piece, 'a piece of a name is no name').to.include({ code: 'no_target' });
    const kind = await expectExit(2, inject('kil', 'web'), at());
    expect(kind.stderr).to.match(/kill/);
    expect(
      (await expectExit(2, [...inject('kil', 'web'), '--json'], at())).json.error.code,
    ).to.equal('unknown_kind');
    const { error } = (await expectExit(2, ['fault', 'recover', 'f999', '--json'], at())).json;
    expect(error).to.include({ code: 'unknown_fault', next: 'fault list' });
    expect(now()).to.deep.equal({});
  });

  it('gives a fault up when told to, with the reason, and touches nothing', async () => {
    await expectExit(0, inject('pause', 'web-3'), at());
    const { json } = await expectExit(
      0,
      ['fault', 'recover', '--close', 'it is on fire', '--json'],
      at(),
    );
    expect(json.faults[0]).to.include({
      phase: 'recovered',
      outcome: 'closed',
      reason: 'it is on fire',
    });
    expect(now()).to.deep.equal({ 'web-3': 'frozen' });
    process.kill(whole['web-3'] as number, 'SIGCONT');
  });

  it('tells in a dry run of recover what it would do', async () => {
    await expectExit(0, inject('kill', 'web-1'), at());
    const { stdout } = await expectExit(0, ['fault', 'recover', '--dry-run'], at());
    expect(stdout).to.match(/recover f\d+ \(kill web-1\): restart, wait until healthy/);
    expect(now()).to.deep.equal({ 'web-1': 'down' });
  });
});

describe('fault: guards of the story', () => {
  it('never hits what is protected, and runs no pick command in a dry run', async () => {
    const story = await processStory(
      `
  - title: Picked
    on_enter: [ { inject: { kind: kill, pick: { command: [sh, -c, 'touch ran; echo web-2'] }, countdown: 0s } } ]
`,
      'protect: [keeper]',
    );
    const folder = makeFolder({ 'gameday.yaml': story });
    const at = { cwd: folder.path };
    try {
      const plan = await expectExit(0, ['chapter', 'next', '--dry-run'], at);
      expect(plan.stdout).to.match(/the instance that `.*` names/);
      expect(existsSync(join(folder.path, 'ran'))).to.equal(false);
      expect(existsSync(join(folder.path, '.gameday'))).to.equal(false);
      for (const read of [
        ['chapter', 'list'],
        ['chapter', 'show', '1'],
        ['fault', 'list'],
      ])
        await expectExit(0, read, at);
      expect(existsSync(join(folder.path, 'ran')), 'commands that only show run nothing').to.equal(
        false,
      );

      await expectExit(0, ['chapter', 'next'], at);
      expect(existsSync(join(folder.path, 'ran'))).to.equal(true);
      expect(pids(folder.path)).to.have.all.keys('keeper-1', 'web-1', 'web-3');

      const { error } = (await expectExit(4, [...inject('kill', 'keeper'), '--json'], at)).json;
      expect(error).to.include({ code: 'protected', message: 'The story protects keeper.' });
      await expectExit(0, inject('kill', '--all'), at);
      expect(
        Object.keys(pids(folder.path)),
        'any service means any but the protected',
      ).to.deep.equal(['keeper-1']);
    } finally {
      await folder.cleanup();
    }
  });
});

it('the state folder is for the user alone, and git ignores it', async () => {
  const folder = makeFolder({ Procfile: 'web: sleep 600\n' });
  try {
    await expectExit(0, inject('pause', 'web', '--duration', '1m'), {
      cwd: folder.path,
      env: { SECRET_OF_THE_USER: 'hunter2-not-to-be-kept' },
    });
    const state = join(folder.path, '.gameday');
    for (const name of readdirSync(state, { recursive: true, encoding: 'utf8' })) {
      const entry = statSync(join(state, name), { throwIfNoEntry: false });
      if (!entry) continue;
      expect(entry.mode & 0o077, name).to.equal(0);
      if (entry.isFile())
        expect(readFileSync(join(state, name), 'latin1'), name).not.to.include('hunter2');
    }
    expect(statSync(state).mode & 0o777).to.equal(0o700);
    expect(readFileSync(join(state, '.gitignore'), 'utf8').trim()).to.equal('*');
  } finally {
    await folder.cleanup();
  }
});
