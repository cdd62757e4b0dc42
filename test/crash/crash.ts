/**
 * The crash suite: the real CLI dies by SIGKILL once in each distinct state that its transitions leave on disk and on the
 * engine, and each time `fault list` must say what is true, one `fault recover` must leave every instance as it was, and
 * nothing of gameday's may stay behind. Run against the Compose, the process, the Swarm and the Kubernetes engine.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { gameday } from '../commands/cli.ts';
import { served, servedExit } from '../commands/served.ts';
import type { Scene } from './scenes.ts';
import { type CrashStack, type MakeStack, runOf } from './stack.ts';
import { KILLER, learnStates, type State } from './states.ts';

/** Side by side, since most of the time each of them waits. */
const STACKS = 2;
/** A state that comes and goes by itself, as a restart does, is not met each time: the last try is content with the same events. */
const TRIES = 2;

/** One time that a scene's command is killed. */
interface Death {
  scene: Scene;
  state: State;
  /** At which boundary of those in the state. */
  time: number;
  tries: number;
}

export function crashSuite(name: string, makeStack: MakeStack, scenes: readonly Scene[]): void {
  describe(`SIGKILL in every state: ${name}`, function () {
    this.timeout(600_000);
    const stacks: CrashStack[] = [];
    /** Of all scenes: what two commands leave alike is one state. */
    const known = new Set<string>();

    before(async function () {
      const made = await Promise.allSettled(Array.from({ length: STACKS }, makeStack));
      for (const each of made)
        if (each.status === 'fulfilled' && each.value) stacks.push(each.value);
      for (const each of made) if (each.status === 'rejected') throw each.reason;
      if (stacks.length === 0) this.skip();
    });

    after(() => Promise.all(stacks.map((stack) => stack.cleanup())));

    for (const scene of scenes)
      it(scene.name, async function () {
        const { from, states } = await learn(stacks[0] as CrashStack, scene);
        const fresh = states.filter(({ text }) => !known.has(`${from}; ${text}`));
        const left = fresh.flatMap((state): Death[] => {
          const times = scene.alsoLast && state.boundaries > 1 ? [1, state.boundaries] : [1];
          return times.map((time) => ({ scene, state, time, tries: 0 }));
        });
        const met = new Set<string>();
        const work = async (stack: CrashStack) => {
          for (let next = left.shift(); next; next = left.shift())
            if (await dieAndRecover(stack, next)) met.add(next.state.text);
            else if (++next.tries < TRIES && next.time === 1) left.push(next);
        };
        const ends = await Promise.allSettled(
          stacks.slice(0, scene.ofCluster ? 1 : STACKS).map(work),
        );
        for (const end of ends) if (end.status === 'rejected') throw end.reason;
        report(this, scene, { states, fresh, met });
        // Only now: a second try begins with all of them.
        for (const { text } of fresh) known.add(`${from}; ${text}`);
      });
  });
}

interface Seen {
  states: State[];
  /** Those that no scene before had. */
  fresh: State[];
  met: Set<string>;
}

/**
 * Says in the name of the test how many states there were, and fails for those in which nobody could be killed. Where several
 * instances move at once, or one is brought back by its restart policy, they stand otherwise each time: there every state but
 * for that must have been met. So it is while the engine is asked for something, which it does now or a moment later.
 */
function report(context: Mocha.Context, scene: Scene, { states, fresh, met }: Seen): void {
  const others = states.length - fresh.length;
  if (context.test)
    context.test.title = `${scene.name}: ${states.length} states, killed in ${met.size} of them${others > 0 ? `, ${others} are those of a scene above` : ''}`;
  const isMoving = scene.startsOrStops || scene.movesByItself;
  const part = (text: string) =>
    isMoving ? text.split('; instances')[0] : text.replace(/; instances .*(?=; asked)/, '');
  const metParts = new Set([...met].map(part));
  const never = fresh.filter(({ text }) => !metParts.has(part(text)));
  expect(
    never.map(({ text }) => text),
    `${scene.name}: states that were seen and not met again`,
  ).to.deep.equal([]);
}

/** False where the command met no such state this time. */
async function dieAndRecover(
  stack: CrashStack,
  { scene, state, time, tries }: Death,
): Promise<boolean> {
  const { cwd } = stack;
  const at = { cwd, env: stack.env };
  await scene.prepare(stack);
  const env = { ...stack.env, ...stack.killEnv, ...scene.env };
  const dead = await gameday(scene.command, {
    cwd,
    env: {
      ...env,
      GAMEDAY_KILL_IN: state.text,
      GAMEDAY_KILL_TIME: String(time),
      ...(tries === TRIES - 1 && { GAMEDAY_KILL_PART: '1' }),
    },
    node: ['--import', KILLER],
  });
  const where = `${scene.name}, killed before ${state.step} in the state: ${state.text}`;
  if (dead.signal !== 'SIGKILL') expect(dead.code, `${where}: ${dead.stderr}`).to.equal(0);

  await expectTruth(stack, scene, where);
  if (scene.startsOrStops) {
    await expectStackEnds(stack, where);
    return dead.signal === 'SIGKILL';
  }
  const recovered = await served(['fault', 'recover', '--json'], at);
  expect(recovered.code, `${where}: ${recovered.stdout}${recovered.stderr}`).to.equal(0);
  expect(recovered.json.live_faults, where).to.deep.equal([]);
  expect((await served(['fault', 'recover'], at)).code, `${where}: a second recover`).to.equal(0);
  // A stop of the stack that was cut off is ended by no recovery.
  if (runOf(stack)?.stack_change) await servedExit(0, ['chapter', 'reset'], at);
  expect(await stack.broken({ inside: true }), `${where}: still broken`).to.deep.equal([]);
  // What was asked for just before the death may be made only after the recoveries; the next one removes it.
  if (where.includes('; asked ') && (await stack.strays()).length > 0)
    await servedExit(0, ['fault', 'recover'], at);
  expect(await stack.strays(), `${where}: left behind`).to.deep.equal([]);
  expect(drafts(cwd), `${where}: files left behind`).to.deep.equal([]);
  return dead.signal === 'SIGKILL';
}

/** `fault list` names whatever is broken as live, and nothing else than the target. */
async function expectTruth(stack: CrashStack, scene: Scene, where: string): Promise<void> {
  const listed = await servedExit(0, ['fault', 'list', '--json'], {
    cwd: stack.cwd,
    env: stack.env,
  });
  expect(listed.json.engine, `${where}: the engine was not asked`).to.equal(null);
  const broken = await stack.broken({ inside: scene.inside === true });
  const live = listed.json.faults.flatMap((fault: any) =>
    fault.targets.map((target: any) => target.label),
  );
  const { unfinished } = listed.json;
  for (const label of unfinished === null ? broken : [])
    expect(live, `${where}: ${label} is broken, and no live fault says so`).to.include(label);
  for (const fault of listed.json.faults) {
    const labels = fault.targets.map((target: any) => target.label);
    expect(labels, where).to.deep.equal([scene.target]);
    const [{ finding }] = fault.drift;
    // What was asked of the engine just before the death may be done between the two looks.
    const isUnderWay = where.includes('; asked ');
    const asMade = [
      'in_force',
      ...(isUnderWay ? ['not_done'] : []),
      ...(scene.inParts ? ['changed', 'recovering'] : []),
      ...(scene.movesByItself ? ['replaced', 'missing'] : []),
    ];
    if (broken.includes(scene.target as string)) expect(finding, where).to.be.oneOf(asMade);
    else
      expect(finding, where).to.be.oneOf([
        'not_done',
        'restarted',
        'undone',
        'revived',
        'recovering',
        // It was down when the list was made, and its restart policy or its owner has brought it back since.
        ...(scene.movesByItself ? ['in_force', 'replaced', 'missing'] : []),
        ...(isUnderWay ? ['in_force'] : []),
      ]);
  }
}

/** What a start or stop of the stack left is named by all who are asked, and ends with one `chapter reset`. */
async function expectStackEnds(stack: CrashStack, where: string): Promise<void> {
  const at = { cwd: stack.cwd, env: stack.env };
  const run = runOf(stack);
  const isUnfinished = run !== null && run.stack_change !== null;
  const [recovered, doctor] = await Promise.all([
    servedExit(0, ['fault', 'recover', '--json'], at),
    served(['story', 'doctor', '--json'], at),
  ]);
  const found = doctor.json.findings.filter(({ code }: any) => code === 'stack_unfinished');
  if (!isUnfinished) {
    expect(recovered.json.unfinished ?? null, where).to.equal(null);
    expect(found, where).to.deep.equal([]);
  } else {
    expect(recovered.json.unfinished, where).to.include({ stack: run.stack_change });
    expect(found, where).to.have.length(1);
    if (run.stack_change === 'stopping') {
      expect(recovered.json.unfinished.next, where).to.equal('chapter reset');
      const { error } = (await servedExit(4, ['fault', 'inject', 'kill', 'web-1', '--json'], at))
        .json;
      expect(error, where).to.include({ code: 'stack_unfinished', next: 'chapter reset' });
    }
  }
  await servedExit(0, ['chapter', 'reset'], at);
  expect(await stack.picture(), `${where}: after the reset`).to.deep.equal({});
  expect(await stack.strays(), `${where}: left behind`).to.deep.equal([]);
  expect(drafts(stack.cwd), `${where}: files left behind`).to.deep.equal([]);
}

/** Files that are written aside and put into place under the name of their process; one of a dead process is nobody's. */
function drafts(cwd: string): string[] {
  const folder = join(cwd, '.gameday');
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files.filter((name) => /\.\d+$/.test(name) && !name.startsWith('processes'));
}

/** `from`: what lives when the command begins. With it, the same text is the same state, whatever the command. */
async function learn(stack: CrashStack, scene: Scene): Promise<{ from: string; states: State[] }> {
  await scene.prepare(stack);
  const { cwd } = stack;
  const from = situationOf(stack);
  const env = { ...stack.env, ...stack.killEnv, ...scene.env };
  const states = await learnStates(async (more) => {
    const ended = await gameday(scene.command, {
      cwd,
      env: { ...env, ...more },
      node: ['--import', KILLER],
    });
    expect(ended.code, ended.stderr).to.equal(0);
  });
  await servedExit(0, ['fault', 'recover'], { cwd, env: stack.env });
  return { from, states: scene.fromDeed ? states.filter(isDeed) : states };
}

function situationOf(stack: CrashStack): string {
  const run = runOf(stack);
  if (run === null) return 'no run';
  const live = run.faults.filter(({ phase }) => phase !== 'recovered').map(({ kind }) => kind);
  return [...live, ...(run.workload ? ['a workload'] : [])].join(', ') || 'nothing lives';
}

/** Beside the files of the command itself: an event, something that was asked of the engine, or an instance that is otherwise than at first. */
function isDeed({ text }: State, _: number, [first]: readonly State[]): boolean {
  const instances = (state: string) => /; instances .*/.exec(state)?.[0];
  return !text.startsWith('journal -;') || instances(text) !== instances(first?.text ?? '');
}
