/**
 * A crash that the engine sees as one: SIGKILL to the container's first process behind the engine's back, so that the restart
 * policy acts. (Any signal sent through the engine, `docker kill -s` too, switches the policy off until the next start.)
 * First by ourselves, where that process is ours to signal; else by a container that lives for one `kill`, made of the image
 * the target itself runs, so that nothing is pulled. A signal from inside the target would be ignored by the kernel.
 * The pid is proven on the spot to belong to the container, whose id stands in its control group, or in the arguments of Podman's
 * monitor that started it; a stranger is never signalled.
 */
import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Instance, label } from '../../fault/instance.ts';
import { EngineError } from '../../terms/outcomes.ts';
import type { InspectedContainer } from './docker-answers.ts';
import type { DockerApi } from './docker-api.ts';
import { runHelper } from './docker-helper.ts';
import type { ContainerRecord } from './docker-instance.ts';

const DEATH_MS = 5_000;
const LOOK_EVERY_MS = 20;

/** `now` is the target as the engine shows it this moment, `read` takes another look. Throws EngineError. */
export async function crashContainer(
  api: DockerApi,
  target: Instance,
  now: Instance,
  read: () => Promise<Instance | null>,
): Promise<void> {
  if (now.state === 'paused') throw refused(target, 'it is paused', 'paused', 'fault recover');
  if (now.state !== 'running') return;
  if (now.incarnation !== target.incarnation)
    throw refused(target, `somebody restarted it at ${now.started_at}`, 'restarted', 'Try again.');
  const pid = pidOf(now);
  if (pid === null || pid !== pidOf(target)) {
    throw refused(
      target,
      `its process is ${pid ?? 'unknown'}, not ${pidOf(target)}, which belongs to somebody else`,
      'foreign_pid',
      'Try again.',
    );
  }
  if (signalHere(api, now.id, pid) === 'not_ours') await signalThere(api, target, pid);
  for (const endMs = performance.now() + DEATH_MS; ; await delay(LOOK_EVERY_MS)) {
    const seen = await read().catch((error: Error) => {
      // An error of a look after the deed is never an error of the deed.
      const message = `${label(target)} was sent SIGKILL, and cannot be looked at since: ${error.message}`;
      throw new EngineError(message, { definite: false, next: 'fault recover' }, { cause: error });
    });
    if (seen?.state !== 'running' || seen.incarnation !== target.incarnation) return;
    if (performance.now() > endMs) {
      const message = `${label(target)} was sent SIGKILL, and the engine still shows it running after ${DEATH_MS / 1000} s.`;
      throw new EngineError(message, { definite: false, next: 'fault recover' });
    }
  }
}

function pidOf({ record }: Instance): number | null {
  return (record as Partial<ContainerRecord>).pid ?? null;
}

/** Whether a container's process can be seen and may be signalled by ourselves; else a `crash` needs the container made for it. Sends nothing. */
export function isWithinReach(by: 'unix' | 'tcp' | 'ssh', id: string, pid: number): boolean {
  if (process.platform !== 'linux' || by !== 'unix') return false;
  try {
    return isOf(id, pid) && process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Whether it is a process of the container. Without control groups of its own (rootless Podman with version 1), a container's first process is told by its monitor, whose user is the same. */
function isOf(id: string, pid: number): boolean {
  if (readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(id)) return true;
  const parent = /^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  const [program = '', ...words] = readFileSync(`/proc/${parent}/cmdline`, 'utf8').split('\0');
  const isMonitor = basename(program) === 'conmon' && words.includes(id);
  return isMonitor && statSync(`/proc/${parent}`).uid === statSync(`/proc/${pid}`).uid;
}

/** `not_ours`: there is no such process that we can see and may signal; nothing was sent. Nothing waits between proof and signal. */
function signalHere(api: DockerApi, id: string, pid: number): 'sent' | 'not_ours' {
  // The engine of another machine, or of a virtual one (Docker Desktop), counts other processes.
  if (process.platform !== 'linux' || api.endpoint.transport.by !== 'unix') return 'not_ours';
  try {
    if (!isOf(id, pid)) return 'not_ours';
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // Gone between the look and the signal: the engine is about to see that.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return 'sent';
    return 'not_ours';
  }
  return 'sent';
}

/** Built-ins of a shell alone, since an image may have nothing else. 8: no such process, or not the target's. 9: the kill was refused. */
const SCRIPT = `
exec 2>&1 </proc/"$1"/cgroup || exit 8
while read -r line; do
  case $line in *"$2"*) kill -9 "$1" && exit 0; exit 9 ;; esac
done
exit 8`;
const SURELY_NOT = [1, 2, 8, 9, 126, 127];

async function signalThere(api: DockerApi, target: Instance, pid: number): Promise<void> {
  const found = await api.read<InspectedContainer>(`/containers/${target.id}/json`);
  if (!found) return; // Removed this moment: it is down.
  const end = await runHelper(api, {
    what: `crash of ${label(target)}`,
    purpose: 'crash',
    target: target.id,
    image: found.Image,
    script: SCRIPT,
    args: [String(pid), target.id],
    rights: { PidMode: 'host', UsernsMode: 'host', CapAdd: ['KILL'] },
  });
  if (end.refused !== null) throw cannot(target, end.refused, end.status);
  // Where the engine did not say how it ended, the target shows what it did.
  const { code } = end;
  if (code !== null && SURELY_NOT.includes(code))
    throw cannot(target, `the container made for it ended with exit code ${code}`, code);
}

function refused(target: Instance, why: string, reason: string, next: string): EngineError {
  return new EngineError(`${label(target)} was not crashed: ${why}.`, {
    definite: true,
    reason,
    next,
  });
}

function cannot(target: Instance, why: string, reason: number): EngineError {
  const message =
    `${label(target)} cannot be crashed from here: that takes a signal to its process behind the engine's back, for which we have no rights ` +
    `on this machine, and its image could not do it in our place: ${why}.`;
  const next = `Run gameday with sudo where the engine runs, or use \`fault inject kill ${target.service}\`, which no restart policy undoes.`;
  return new EngineError(message, { definite: true, reason, next });
}
