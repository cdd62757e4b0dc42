/**
 * What a fault costs beside what it is made of: each kind is done and undone by hand (the engine's API, `nft` in the network of
 * the target, a signal) and by gameday, in turn. Gameday's own time is read in its journal: from the intent to the moment
 * when the effect was seen, and from the beginning of a recovery to its proof. The whole command stands beside it.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { aims, GAMEDAY, median, time } from '../measure.ts';
import { ms, row, title } from './figures.ts';
import { type Stack, withStack } from './stack.ts';

const ROUNDS = 3;
const SMALL = 3;
const LARGE = 100;
/** The kernel's own word for none, with cgroups v1; the engine has no other way to unset a limit. */
const NO_LIMIT = 2 ** 63 - 4096;
const KIND_AT_MOST = 1.5;
const LARGE_AT_MOST = 1.2;

const DROP =
  'table inet bench { chain in { type filter hook input priority 0; iif lo accept; drop; }; chain out { type filter hook output priority 0; oif lo accept; drop; }; }';
const LOSE = DROP.replaceAll('drop;', 'numgen random mod 100 < 30 drop;');
const RESET = DROP.replaceAll('drop;', 'meta l4proto tcp reject with tcp reset;');

/** By hand, on one container. */
interface ByHand {
  apply(target: Target): Promise<void>;
  /** Null: it is over by itself. */
  undo: ((target: Target) => Promise<void>) | null;
}

const byApi = (path: string, body?: object) => (target: Target) => target.post(path, body);
const byNft = (rules: string): ByHand => ({
  apply: (target) => target.nft(rules),
  undo: (target) => target.nft('delete table inet bench'),
});
/** As it is done where the network of the target cannot be entered from outside. */
const byContainer = (rules: string): ByHand => ({
  apply: (target) => target.nftInContainer(rules),
  undo: (target) => target.nftInContainer('delete table inet bench'),
});
const again = async (target: Target) => {
  await target.post('start');
  await target.until(true);
};
const down =
  (deed: (target: Target) => Promise<void>) =>
  async (target: Target): Promise<void> => {
    await deed(target);
    await target.until(false);
  };

/** By the name of the row: the kind, unless it says another. */
const ROWS: Record<string, { kind?: string; args?: string[]; byHand: ByHand }> = {
  kill: { byHand: { apply: down(byApi('kill')), undo: again } },
  stop: { args: ['--grace', '1s'], byHand: { apply: down(byApi('stop?t=1')), undo: again } },
  pause: { byHand: { apply: byApi('pause'), undo: byApi('unpause') } },
  crash: { byHand: { apply: down((target) => target.signal('SIGKILL')), undo: again } },
  restart: { args: ['--grace', '1s'], byHand: { apply: byApi('restart?t=1'), undo: null } },
  remove: {
    byHand: {
      apply: async (target) => target.docker('rm', '--force', target.name),
      undo: async (target) => target.docker('compose', 'up', '--detach'),
    },
  },
  partition: { byHand: byNft(DROP) },
  'partition, `docker run`': { kind: 'partition', byHand: byContainer(DROP) },
  loss: { args: ['--share', '30%'], byHand: byNft(LOSE) },
  reset: { byHand: byNft(RESET) },
  process: {
    args: ['--name', 'sleep', '--how', 'freeze'],
    byHand: {
      apply: async (target) => target.docker('exec', target.name, 'killall', '-STOP', 'sleep'),
      undo: async (target) => target.docker('exec', target.name, 'killall', '-CONT', 'sleep'),
    },
  },
  disk: {
    args: ['--path', '/data', '--leave', '20%'],
    byHand: {
      apply: async (target) =>
        target.docker('exec', target.name, 'fallocate', '-l', '12m', '/data/f'),
      undo: async (target) => target.docker('exec', target.name, 'rm', '/data/f'),
    },
  },
  cpu: {
    args: ['--cores', '0.5'],
    byHand: {
      apply: byApi('update', { CpuPeriod: 100_000, CpuQuota: 50_000 }),
      undo: byApi('update', { CpuPeriod: 0, CpuQuota: -1 }),
    },
  },
  memory: {
    args: ['--size', '64mb'],
    byHand: {
      apply: byApi('update', { Memory: 67_108_864, MemorySwap: 67_108_864 }),
      undo: byApi('update', { Memory: NO_LIMIT, MemorySwap: NO_LIMIT }),
    },
  },
};

/** The container `web-1` of a stack, as somebody sees and changes it who has no gameday. */
class Target {
  readonly name: string;
  readonly #stack: Stack;

  constructor(stack: Stack) {
    this.#stack = stack;
    this.name = `${stack.project}-web-1`;
  }

  docker(...args: string[]): void {
    const { folder, docker } = this.#stack;
    time('docker', args, { cwd: folder, env: docker.env });
  }

  post(path: string, body?: object): Promise<void> {
    return ask(this.#stack, 'POST', `/containers/${this.name}/${path}`, body).then(() => {});
  }

  async nft(rules: string): Promise<void> {
    const entered = ['--target', String(await this.#pid()), '--net', 'nft', '-f', '-'];
    const { status, stderr } = spawnSync('nsenter', entered, { input: rules });
    if (status !== 0) throw new Error(`nft: ${stderr}`);
  }

  async nftInContainer(rules: string): Promise<void> {
    const { docker } = this.#stack;
    const network = ['--network', `container:${this.name}`, '--cap-add', 'NET_ADMIN'];
    const image = await docker.image('tools');
    this.docker('run', '--rm', ...network, '--entrypoint', 'nft', image, rules);
  }

  async signal(signal: NodeJS.Signals): Promise<void> {
    process.kill(await this.#pid(), signal);
  }

  async until(running: boolean): Promise<void> {
    while ((await this.#state()).Running !== running) await delay(2);
  }

  async #pid(): Promise<number> {
    return (await this.#state()).Pid;
  }

  async #state(): Promise<{ Pid: number; Running: boolean }> {
    return JSON.parse(await ask(this.#stack, 'GET', `/containers/${this.name}/json`)).State;
  }
}

interface Times {
  inject: number[];
  injectCommand: number[];
  recover: number[];
  recoverCommand: number[];
}

export async function benchFaults(): Promise<void> {
  await withStack({ scale: 1, story: true }, async (stack) => {
    title('a fault beside what it is made of, until it is seen');
    row(
      '',
      'by hand',
      'gameday',
      'ratio',
      'command',
      'undo by hand',
      'gameday',
      'ratio',
      'command',
    );
    for (const [name, { kind = name, args = [], byHand }] of Object.entries(ROWS)) {
      const why = whyNot(stack, kind, args);
      if (why === null) await benchKind(stack, name, [kind, ...args], byHand);
      else row(name, `left out: ${why}`);
    }
  });
  const [small, large] = [await pauseIn(SMALL), await pauseIn(LARGE)];
  if (!small || !large) return;
  for (const part of ['inject', 'recover'] as const) {
    const ratio = median(large[part]) / median(small[part]);
    aims.push({
      row: `${part} pause: ${LARGE} containers against ${SMALL}`,
      ratio,
      atMost: LARGE_AT_MOST,
    });
  }
}

/** `name`: of the row; `kind`: as it is typed, with its flags. */
async function benchKind(stack: Stack, name: string, kind: string[], byHand: ByHand) {
  const target = new Target(stack);
  const hand = { inject: [] as number[], recover: [] as number[] };
  const ours = noTimes();
  for (let round = -1; round < ROUNDS; round++) {
    const into =
      round < 0 ? { hand: { inject: [], recover: [] }, ours: noTimes() } : { hand, ours };
    into.hand.inject.push(await clocked(() => byHand.apply(target)));
    const { undo } = byHand;
    if (undo) into.hand.recover.push(await clocked(() => undo(target)));
    breakOnce(stack, kind, into.ours, undo === null);
  }
  const inject = median(hand.inject);
  const recover = byHand.undo ? median(hand.recover) : 0;
  const cells = (byHandMs: number, oursMs: number, commandMs: number) => [
    ms(byHandMs),
    ms(oursMs),
    `${(oursMs / byHandMs).toFixed(2)} x`,
    ms(commandMs),
  ];
  row(
    name,
    ...cells(inject, median(ours.inject), median(ours.injectCommand)),
    ...(byHand.undo ? cells(recover, median(ours.recover), median(ours.recoverCommand)) : []),
  );
  aims.push({ row: `inject ${name}`, ratio: median(ours.inject) / inject, atMost: KIND_AT_MOST });
  if (byHand.undo)
    aims.push({
      row: `recover ${name}`,
      ratio: median(ours.recover) / recover,
      atMost: KIND_AT_MOST,
    });
}

/** Pauses and recovers one of so many containers. Null where there is no Docker. */
async function pauseIn(scale: number): Promise<Times | null> {
  let times: Times | null = null;
  await withStack({ scale, story: true }, async (stack) => {
    times = noTimes();
    breakOnce(stack, ['pause'], noTimes());
    for (let round = 0; round < ROUNDS; round++) breakOnce(stack, ['pause'], times);
    title(`pause in a stack of ${scale} containers`);
    row('inject', ms(median(times.inject)), ms(median(times.injectCommand)));
    row('recover', ms(median(times.recover)), ms(median(times.recoverCommand)));
  });
  return times;
}

function noTimes(): Times {
  return { inject: [], injectCommand: [], recover: [], recoverCommand: [] };
}

/** Injects and recovers once; what the journal and the clock say goes into `times`. `isOver`: it ends by itself, well again. */
function breakOnce({ folder, docker }: Stack, kind: string[], times: Times, isOver = false): void {
  const [name = '', ...args] = kind;
  const gameday = (...typed: string[]) =>
    time(process.execPath, [GAMEDAY, ...typed], { cwd: folder, env: docker.env });
  const inject = gameday('fault', 'inject', name, 'web-1', ...args, ...NOW);
  const recover = gameday('fault', 'recover');
  times.injectCommand.push(inject);
  times.recoverCommand.push(recover);
  times.inject.push(
    between(folder, 'fault.injecting', isOver ? 'fault.recovered' : 'fault.injected'),
  );
  times.recover.push(between(folder, 'fault.recovering', 'fault.recovered'));
}

const NOW = ['--countdown', '0', '--overrule', 'last_healthy,max_unavailable'];

/** Milliseconds from the last event of one type to the last of another, in the newest run. */
function between(folder: string, from: string, to: string): number {
  const runs = join(folder, '.gameday');
  const run = readFileSync(join(runs, 'current'), 'utf8').trim();
  const lines = readFileSync(join(runs, 'runs', run, 'journal.ndjson'), 'utf8')
    .trim()
    .split('\n');
  const events = lines.map((line) => JSON.parse(line) as { type: string; at: string });
  const atMs = (type: string) =>
    Date.parse(events.findLast((event) => event.type === type)?.at ?? '');
  return atMs(to) - atMs(from);
}

async function clocked(work: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

/** Why it would be refused on this machine; null: it would not. */
function whyNot({ folder, docker }: Stack, kind: string, args: string[]): string | null {
  const typed = [GAMEDAY, 'fault', 'inject', kind, 'web-1', ...args, ...NOW, '--dry-run', '--json'];
  const { stdout } = spawnSync(process.execPath, typed, {
    cwd: folder,
    env: docker.env,
    encoding: 'utf8',
  });
  const answer = JSON.parse(stdout);
  const refused = answer.error ?? answer.plan.steps[0].refused;
  return refused ? refused.message : null;
}

function ask({ docker }: Stack, method: string, path: string, body?: object): Promise<string> {
  const socketPath = docker.host.replace('unix://', '');
  const headers = body ? { 'content-type': 'application/json' } : {};
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path, method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
      });
      response.once('end', () =>
        (response.statusCode ?? 500) < 400 ? resolve(text) : reject(new Error(`${path}: ${text}`)),
      );
    });
    asked.once('error', reject).end(body && JSON.stringify(body));
  });
}
