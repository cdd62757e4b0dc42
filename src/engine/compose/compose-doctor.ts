/** How the Docker engine and a stack on it stand, for `story doctor`. */
import { countRunning } from '../../fault/instance.ts';
import { type DoctorLine, ok, problem, warning } from '../../terms/doctor-line.ts';
import { formatDuration } from '../../terms/duration.ts';
import {
  type DockerFacts,
  examineCompose,
  examineDocker,
  type HelperFacts,
} from '../docker/docker-exam.ts';
import type { EngineSite } from '../engine-kind.ts';
import type { ComposeEngine } from './compose.ts';

/** Clocks that differ by more make it hard to lay the engine's log beside the journal. */
const SKEW_MS = 1000;

/** Throws as `examineDocker` does. */
export async function examine({
  folder,
  allowRemote,
}: Pick<EngineSite, 'folder' | 'allowRemote'>): Promise<DoctorLine[]> {
  const [docker, compose] = await Promise.allSettled([
    examineDocker(allowRemote),
    examineCompose(folder),
  ]);
  if (docker.status === 'fulfilled')
    return judgeDocker(docker.value, compose.status === 'fulfilled' ? compose.value : null);
  throw docker.reason;
}

/** Pure. */
export function judgeDocker(docker: DockerFacts, compose: string | null): DoctorLine[] {
  const { engine, api, address, source, local, rootless, system } = docker;
  const traits = [
    `API ${api}`,
    rootless ? 'rootless' : null,
    local ? null : 'on another machine',
    system,
  ]
    .filter(Boolean)
    .join(', ');
  const text = `${engine} (${traits}) at ${address}, named by ${source}`;
  const remote = 'Faults hit that machine; the network in between counts as part of the stack.';
  return [
    local ? ok('engine', text) : warning('engine', text, remote),
    clock(docker),
    compose !== null
      ? ok('compose', `Docker Compose ${compose}`)
      : warning(
          'compose',
          'Docker Compose is not at hand; faults need none, `story init` reads the files as they stand.',
          'docker compose version',
        ),
  ];
}

function clock({ skew_ms, asked_ms }: DockerFacts): DoctorLine {
  if (skew_ms === null)
    return warning(
      'clock',
      'The engine does not tell its clock, so it is taken for ours.',
      'docker info',
    );
  const offMs = Math.abs(skew_ms);
  if (offMs <= SKEW_MS + asked_ms / 2)
    return ok(
      'clock',
      `the engine's clock agrees with this machine, within ${formatDuration(Math.max(1, Math.ceil(offMs + asked_ms / 2)))}`,
    );
  const text = `The engine's clock is ${formatDuration(offMs)} ${skew_ms > 0 ? 'ahead of' : 'behind'} ours; gameday allows for it; whoever compares logs must, too.`;
  return warning('clock', text, 'Let both follow a time server (`timedatectl`).');
}

/** Pure. */
export function judgeHelpers({ image, lacking, strays }: HelperFacts): DoctorLine[] {
  const tools = lacking
    ? ok('tools', `${lacking.why}, so network faults are refused`, lacking.next)
    : ok('tools', `the image ${image} is on the engine, so network faults can be had`);
  if (strays.length === 0) return [tools];
  const list = strays.map(({ id, purpose }) => `${id} (made for ${purpose})`).join(', ');
  const text = `Containers that a killed gameday made are left on the engine: ${list}.`;
  return [tools, warning('helpers', text, `docker rm -f ${strays.map(({ id }) => id).join(' ')}`)];
}

/** Throws as a look at the engine does. */
export async function examineStack(engine: ComposeEngine): Promise<DoctorLine[]> {
  const { project } = engine;
  const rows = (await engine.list()).filter(({ untouchable }) => untouchable === null);
  const first = rows.find(({ state }) => state === 'running');
  if (!first) {
    const text =
      rows.length === 0
        ? `No container of the project ${project} exists.`
        : `None of the containers of ${project} (${rows.length}) is running.`;
    return [problem('stack', 'stack_down', text, 'docker compose up -d')];
  }
  const crash = (await engine.reaches(first.id))
    ? '`crash` signals their processes itself'
    : "`crash` needs a short-lived container of the target's own image, which must have a shell";
  const stack = ok('stack', `${project}: ${countRunning(rows)}; ${crash}`);
  return [stack, ...judgeHelpers(await engine.helpers())];
}
