/**
 * The crash suite: the real CLI dies by SIGKILL before each of its own steps, one after the other, and each time
 * `fault list` must say what is true and one `fault recover` must leave every instance as it was. Run against both engines.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { expectExit, gameday } from '../commands/cli.ts';

const KILLER = fileURLToPath(new URL('./killer.mjs', import.meta.url));

/** What must be the same after a recovery; engines leave out what a restart rightly changes. */
export type Picture = Record<string, unknown>;

export interface CrashStack {
  /** Where the commands run. */
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Every instance, by label, as the engine itself shows it to somebody who is not gameday. */
  picture(): Promise<Record<string, Picture>>;
  /** Labels of what is down or frozen now. */
  broken(): Promise<string[]>;
  cleanup(): Promise<void>;
}

const FAULT_CHAPTER = 'fault';

/** The stack's story: the second chapter breaks web-3, and the run stands in the first when the suite begins. */
export const CRASH_CHAPTERS = `
  - { title: Welcome }
  - title: Fault
    on_enter: [ { inject: { kind: kill, service: web-3, countdown: 0s } } ]
    blocks_advance: true
  - { title: Recovery, on_enter: [ { recover: all } ], auto_advance: true }
  - { title: Done }
`;

interface Scene {
  name: string;
  /** Before each time the command is killed. */
  prepare: string[][];
  command: string[];
  /** The instance that the command breaks or mends. */
  target: string;
  entersChapter?: boolean;
  /** Dies only at every so many steps: the others are those of another scene. */
  every?: number;
}

/** Dealt out to several test files, so that they run side by side. */
export const BREAKING: Scene[] = [
  {
    name: 'fault inject kill',
    prepare: [],
    command: ['fault', 'inject', 'kill', 'web-2', '--countdown', '0'],
    target: 'web-2',
  },
  {
    name: 'fault inject pause',
    prepare: [],
    command: ['fault', 'inject', 'pause', 'web-1', '--countdown', '0'],
    target: 'web-1',
    every: 4,
  },
];

export const MENDING: Scene[] = [
  {
    name: 'fault recover',
    prepare: [['fault', 'inject', 'kill', 'web-2', '--countdown', '0']],
    command: ['fault', 'recover'],
    target: 'web-2',
  },
  {
    name: 'chapter next',
    prepare: [],
    command: ['chapter', 'next'],
    target: 'web-3',
    entersChapter: true,
    every: 2,
  },
];

/** Asked, sent, answered. */
const LOOK_STEPS = 3;
/** Several stacks side by side, since most of the time each of them waits. */
const STACKS = 2;

export function crashSuite(
  name: string,
  makeStack: () => Promise<CrashStack | null>,
  scenes: Scene[],
): void {
  describe(`SIGKILL at every step: ${name}`, function () {
    this.timeout(600_000);
    const stacks: CrashStack[] = [];

    before(async function () {
      const made = await Promise.allSettled(Array.from({ length: STACKS }, makeStack));
      for (const each of made)
        if (each.status === 'fulfilled' && each.value) stacks.push(each.value);
      for (const each of made) if (each.status === 'rejected') throw each.reason;
      if (stacks.length === 0) this.skip();
    });

    after(() => Promise.all(stacks.map((stack) => stack.cleanup())));

    for (const scene of scenes)
      it(`${scene.name}: whatever step it dies at, one \`fault recover\` mends`, async () => {
        const [first] = stacks as [CrashStack];
        const steps = await countSteps(first, scene);
        expect(steps.length, 'steps that can be died at').to.be.above(20);
        const worth = steps
          .map((step, index) => ({ step, killAt: index + 1 }))
          .filter(({ killAt }) => !isOneLookOfMany(steps, killAt - 1));
        const left = worth.filter((_, index) => (index + 1) % (scene.every ?? 1) === 0);
        const ends = await Promise.allSettled(
          stacks.map(async (stack) => {
            for (let next = left.pop(); next; next = left.pop())
              await dieAndMend(
                stack,
                scene,
                next.killAt,
                `died before step ${next.killAt} (${next.step}) of ${scene.name}`,
              );
          }),
        );
        for (const end of ends) if (end.status === 'rejected') throw end.reason;
      });
  });
}

/** A wait looks again and again: to die in its fourth look is to die in its third. The first two and the last are kept. */
function isOneLookOfMany(steps: readonly string[], index: number): boolean {
  const step = steps[index] as string;
  const [before, twiceBefore, after] = [
    steps[index - LOOK_STEPS],
    steps[index - 2 * LOOK_STEPS],
    steps[index + LOOK_STEPS],
  ];
  return / GET /.test(step) && before === step && twiceBefore === step && after === step;
}

async function dieAndMend(
  stack: CrashStack,
  scene: Scene,
  killAt: number,
  where: string,
): Promise<void> {
  const { cwd, env } = stack;
  const whole = await stack.picture();
  for (const command of scene.prepare) await expectExit(0, command, { cwd, env });
  const dead = await gameday(scene.command, {
    cwd,
    env: { ...env, GAMEDAY_KILL_AT: String(killAt) },
    node: ['--import', KILLER],
  });
  // A look more or less is possible from one time to the next, so that the last steps may not be reached.
  if (dead.signal !== 'SIGKILL') expect(dead.code, `${where}: ${dead.stderr}`).to.equal(0);

  const listed = await expectExit(0, ['fault', 'list', '--json'], { cwd, env });
  expect(listed.json.engine, `${where}: the engine was not asked`).to.equal(null);
  const broken = await stack.broken();
  const live = listed.json.faults.flatMap((fault: any) =>
    fault.targets.map((target: any) => target.label),
  );
  for (const label of broken)
    expect(live, `${where}: ${label} is broken, and no live fault says so`).to.include(label);
  for (const fault of listed.json.faults) {
    expect(
      fault.targets.map((target: any) => target.label),
      where,
    ).to.deep.equal([scene.target]);
    const [{ finding }] = fault.drift;
    if (broken.includes(scene.target)) expect(finding, where).to.equal('in_force');
    else expect(finding, where).to.be.oneOf(['not_done', 'restarted', 'undone', 'revived']);
  }

  const mended = await gameday(['fault', 'recover', '--json'], { cwd, env });
  expect(mended.code, `${where}: ${mended.stdout}${mended.stderr}`).to.equal(0);
  expect(mended.json.live_faults, where).to.deep.equal([]);
  expect(await stack.picture(), where).to.deep.equal(whole);
  if (scene.entersChapter) await stepBack(stack);
}

/** The steps that the command takes when nobody kills it. */
async function countSteps(stack: CrashStack, scene: Scene): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'gameday-steps-'));
  try {
    const { cwd, env } = stack;
    for (const command of scene.prepare) await expectExit(0, command, { cwd, env });
    const file = join(folder, 'steps');
    const ended = await gameday(scene.command, {
      cwd,
      env: { ...env, GAMEDAY_COUNT_FILE: file },
      node: ['--import', KILLER],
    });
    expect(ended.code, ended.stderr).to.equal(0);
    await expectExit(0, ['fault', 'recover'], { cwd, env });
    if (scene.entersChapter) await stepBack(stack);
    return readFileSync(file, 'utf8').trimEnd().split('\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The run stands in the chapter before the one with the fault when a scene begins, and is brought back there. */
async function stepBack({ cwd, env }: CrashStack): Promise<void> {
  const { current } = (await expectExit(0, ['chapter', 'list', '--json'], { cwd, env })).json;
  if (current?.id === FAULT_CHAPTER) await expectExit(0, ['chapter', 'back'], { cwd, env });
}
