/** The benchmarks that break real containers: their own, in a project of their own, removed at the end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { withStack } from './bench/stack.ts';
import { aims, compare, GAMEDAY, time } from './measure.ts';

const UNTIL_DEAD = 'from the end of the countdown until the process is dead';

/** Kills one container in several ways; each time it is started again by its id. */
export async function benchKill(): Promise<void> {
  await withStack({ scale: 1 }, async ({ docker, folder, project }) => {
    const name = `${project}-web-1`;
    const socketPath = docker.host.replace('unix://', '');
    const pidOf = async () =>
      Number(await docker.docker(['inspect', '--format', '{{.State.Pid}}', name]));
    const start = async () => {
      await docker.docker(['start', name]);
      return pidOf();
    };
    /** From `begin` to the moment the system no longer knows the container's process. */
    const untilDead = async (
      begin: () => Promise<unknown>,
      wait?: () => Promise<number>,
    ): Promise<number> => {
      const pid = await start();
      let begun = performance.now();
      const over = begin();
      if (wait) begun = await wait();
      while (existsSync(`/proc/${pid}/exe`) && existsSync(`/proc/${pid}`) && isAlive(pid))
        await nextTurn();
      const tookMs = performance.now() - begun;
      await over;
      return tookMs;
    };
    const runs = (args: string[]) => () =>
      ended(spawn('docker', args, { cwd: folder, env: docker.env, stdio: 'ignore' }));
    let told: Promise<number>;
    const inject = () => {
      const child = spawn(
        process.execPath,
        [GAMEDAY, 'fault', 'inject', 'kill', 'web', '--countdown', '1s'],
        {
          cwd: folder,
          env: docker.env,
          stdio: ['ignore', 'ignore', 'pipe'],
        },
      );
      told = new Promise((resolve) =>
        child.stderr?.on(
          'data',
          (text) => String(text).includes('Countdown over') && resolve(performance.now()),
        ),
      );
      return ended(child).then(() =>
        time(process.execPath, [GAMEDAY, 'fault', 'recover'], { cwd: folder, env: docker.env }),
      );
    };
    await compare(
      UNTIL_DEAD,
      [
        [
          'POST /containers/ID/kill',
          () => untilDead(() => post(socketPath, `/containers/${name}/kill`)),
        ],
        ['fault inject kill', () => untilDead(inject, () => told)],
        ['docker kill', () => untilDead(runs(['kill', name]))],
        ['docker compose kill', () => untilDead(runs(['compose', 'kill', 'web']))],
      ],
      { atMost: { 'fault inject kill': 1.2 } },
    );
    const whole = async (measure: () => number): Promise<number> => {
      await start();
      return measure();
    };
    const process_ = (...args: string[]) =>
      time(process.execPath, [GAMEDAY, ...args], { cwd: folder, env: docker.env });
    await compare(
      'whole process',
      [
        ['docker kill', () => whole(() => time('docker', ['kill', name], { env: docker.env }))],
        [
          'docker compose kill',
          () =>
            whole(() =>
              time('docker', ['compose', 'kill', 'web'], { cwd: folder, env: docker.env }),
            ),
        ],
        [
          'fault inject kill --countdown 0',
          async () => {
            const tookMs = await whole(() =>
              process_('fault', 'inject', 'kill', 'web', '--countdown', '0'),
            );
            process_('fault', 'recover');
            return tookMs;
          },
        ],
      ],
      { atMost: { 'fault inject kill --countdown 0': 1.8 } },
    );
  });
}

export async function benchStack(): Promise<void> {
  const measured = new Map<number, number>();
  for (const scale of [3, 30, 100]) {
    await withStack({ scale }, async ({ docker, folder }) => {
      const [yardstick = 1, , list = 0] = await compare(`stack of ${scale} containers`, [
        ['node -e 0', () => time(process.execPath, ['-e', '0'], { cwd: folder })],
        [
          'fault inject kill web --dry-run',
          () =>
            time(process.execPath, [GAMEDAY, 'fault', 'inject', 'kill', 'web', '--dry-run'], {
              cwd: folder,
              env: docker.env,
            }),
        ],
        [
          'fault list',
          () =>
            time(process.execPath, [GAMEDAY, 'fault', 'list'], { cwd: folder, env: docker.env }),
        ],
      ]);
      measured.set(scale, list / yardstick);
    });
  }
  const [few, many] = [measured.get(3), measured.get(100)];
  if (few && many)
    aims.push({ row: '100 containers against 3: fault list', ratio: many / few, atMost: 1.3 });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${child.spawnargs.join(' ')} ended with ${code}`)),
    );
  });
}

function post(socketPath: string, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path, method: 'POST' }, (response) =>
      response.resume().once('end', resolve),
    );
    asked.once('error', reject).end();
  });
}
