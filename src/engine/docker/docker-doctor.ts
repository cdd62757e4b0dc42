/** What the looks at a Docker engine mean, for `story doctor`. Pure. */
import { type DoctorLine, ok, warning } from '../../terms/doctor-line.ts';
import { formatDuration } from '../../terms/duration.ts';
import type { DockerFacts, HelperFacts } from './docker-exam.ts';
import { isPodman } from './podman.ts';

/** Clocks that differ by more make it hard to lay the engine's log beside the journal. */
const SKEW_MS = 1000;

export function judgeDocker(docker: DockerFacts): DoctorLine[] {
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
  const line = local ? ok('engine', text) : warning('engine', text, remote);
  return [line, ...judgePodman(docker), clock(docker)];
}

function judgePodman(docker: DockerFacts): DoctorLine[] {
  if (!isPodman(docker)) return [];
  const { engine, rootless, cgroup, limits } = docker;
  const refused = [
    ...(rootless && cgroup !== '2' ? ['pause'] : []),
    ...(limits ? [] : ['cpu', 'memory']),
  ];
  if (!rootless && refused.length === 0) return [];
  const who = rootless ? `${engine} runs rootless` : `${engine} changes no limits`;
  const cannot = refused.length > 0 ? [`${spell(refused)} refused`] : [];
  const crash = rootless ? ['`crash` takes gameday on its machine, as its user or as root'] : [];
  const text = `${who}: ${[...cannot, ...crash].join(', and ')}.`;
  const next = rootless
    ? 'Use Podman as root (`sudo systemctl start podman.socket`), or other kinds of fault.'
    : 'Use other kinds of fault, or a newer Podman.';
  return [warning('podman', text, next)];
}

/** Kinds of fault, with the verb. */
function spell(kinds: readonly string[]): string {
  const all = kinds.map((kind) => `\`${kind}\``).join(', ');
  return `${all} ${kinds.length === 1 ? 'is' : 'are'}`;
}

/** `unchecked`: labels of containers whose health check nobody runs. */
export function judgeHealth(unchecked: readonly string[]): DoctorLine[] {
  if (unchecked.length === 0) return [];
  const text = `Nobody runs the health checks of ${unchecked.join(', ')}, so that they count as well as soon as they run: Podman leaves that to systemd.`;
  return [warning('health', text, 'podman healthcheck run NAME')];
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

export function judgeHelpers({ image, lacking, netem, strays, copies }: HelperFacts): DoctorLine[] {
  const tools = lacking
    ? ok(
        'tools',
        `${lacking.why}, so loads, and faults of networks, processes and disks, are refused`,
        lacking.next,
      )
    : ok(
        'tools',
        `the image ${image} is on the engine, so loads, and faults of networks, processes and disks, can be had`,
      );
  const left = [
    ...strays.map(({ id, purpose }) => `${id} (made for ${purpose})`),
    ...copies
      .filter(({ isNeeded }) => !isNeeded)
      .map(({ id, of }) => `${id} (a copy of ${of}, which is there again)`),
  ].join(', ');
  const needed = copies.filter(({ isNeeded }) => isNeeded);
  return [
    tools,
    ...judgeNetem(netem),
    ...(left
      ? [
          warning(
            'helpers',
            `Containers that a killed gameday made are left on the engine: ${left}.`,
            'story doctor --fix',
          ),
        ]
      : []),
    ...needed.map(({ id, of }) =>
      ok(
        'copies',
        `${of} was removed by a fault; ${id} is the copy from which it is made anew`,
        'fault recover',
      ),
    ),
  ];
}

function judgeNetem(netem: boolean | null): DoctorLine[] {
  if (netem === null) return [];
  const what = '`delay`, `corrupt`, `reorder` and `loss --correlation`';
  if (netem) return [ok('netem', `the engine's kernel has netem, so ${what} can be had`)];
  const lacks = `the engine's kernel has no netem, so ${what} are refused on containers`;
  return [ok('netem', lacks, 'modprobe sch_netem')];
}
