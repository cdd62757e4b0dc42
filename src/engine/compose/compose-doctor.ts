/** How the Docker engine and a stack on it stand, for `story doctor`. */
import { countRunning, type InstanceRow, label } from '../../fault/instance.ts';
import { type DoctorLine, ok, problem, warning } from '../../terms/doctor-line.ts';
import { judgeDocker, judgeHealth, judgeHelpers } from '../docker/docker-doctor.ts';
import { examineCompose, examineDocker } from '../docker/docker-exam.ts';
import type { ExamineSite } from '../engine-kind.ts';
import type { ComposeEngine } from './compose.ts';

/** Throws as `examineDocker` does. */
export async function examine({ folder, allowRemote }: ExamineSite): Promise<DoctorLine[]> {
  const [docker, compose] = await Promise.allSettled([
    examineDocker(allowRemote),
    examineCompose(folder),
  ]);
  if (docker.status === 'fulfilled')
    return [
      ...judgeDocker(docker.value),
      judgeCompose(compose.status === 'fulfilled' ? compose.value : null),
    ];
  throw docker.reason;
}

function judgeCompose(compose: string | null): DoctorLine {
  return compose !== null
    ? ok('compose', `Docker Compose ${compose}`)
    : warning(
        'compose',
        'Docker Compose is not at hand; faults need none, `story init` reads the files as they stand.',
        'docker compose version',
      );
}

/** Throws as a look at the engine does. */
export async function tidy(engine: ComposeEngine): Promise<DoctorLine[]> {
  const removed = await (await engine.helpers()).tidy();
  return removed.length > 0 ? [ok('fix', `removed ${removed.join(', ')}`)] : [];
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
  const unchecked = judgeHealth(await uncheckedOf(engine, rows));
  return [stack, ...unchecked, ...judgeHelpers(await (await engine.helpers()).examine())];
}

/** Labels of those with a health check that nobody runs. */
async function uncheckedOf(engine: ComposeEngine, rows: readonly InstanceRow[]): Promise<string[]> {
  const silent = rows.filter(({ state, health }) => state === 'running' && health === 'none');
  const looks = await Promise.all(silent.map(({ id }) => engine.inspect(id)));
  return looks.flatMap((now) =>
    now?.health === 'none' && now.healthy_within_ms !== null ? label(now) : [],
  );
}
