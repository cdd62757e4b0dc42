/**
 * What of a container is not as its stack was made: what the engine says of it, held against its service in the Compose file
 * and against its own labels and policies. Pure.
 */
import type { Difference } from '../../fault/difference.ts';
import type { Instance } from '../../fault/instance.ts';
import { isSameShare, limitsOf } from '../docker/container-limits.ts';
import type { InspectedContainer } from '../docker/docker-answers.ts';
import type { ContainerRecord } from '../docker/docker-instance.ts';
import { instanceOf } from '../docker/docker-instance.ts';
import { megabytes } from '../load-amounts.ts';
import type { WantedService } from './compose-wanted.ts';

/** Exit codes of processes that were ended by a signal from outside, most likely. */
const SIGNALLED: Record<number, string> = { 137: 'SIGKILL', 143: 'SIGTERM' };
/** Policies that start whatever ends. */
const ALWAYS = ['always', 'unless-stopped'];

export interface Question {
  /** Null: the model is not known, and what only it tells is not judged. `undefined`: it does not have the service. */
  wanted: WantedService | null | undefined;
  /** Others of the stack wait until this one has done its work. */
  isJob: boolean;
}

export function differencesOf(
  found: InspectedContainer,
  { wanted, isJob }: Question,
): Difference[] {
  const instance = instanceOf(found, null);
  const record = instance.record as ContainerRecord;
  const state = stateOf(instance, record, isJob);
  if (wanted === undefined)
    return [
      ...state,
      {
        finding: 'service_unknown',
        on: null,
        text: `is of the service ${instance.service}, which the Compose file does not have`,
      },
    ];
  return [
    ...state,
    ...(wanted ? limits(record, wanted) : []),
    ...(wanted ? restartPolicy(record, wanted) : []),
    ...networks(record, wanted, instance.service),
  ];
}

function stateOf(
  { state, exit_code, finished_at, oom_killed, restart_count }: Instance,
  { restart_policy }: ContainerRecord,
  isJob: boolean,
): Difference[] {
  const say = (finding: Difference['finding'], text: string): Difference[] => [
    { finding, on: 'lifecycle', text },
  ];
  switch (state) {
    case 'running':
      return [];
    case 'paused':
      return say('paused', 'is paused');
    case 'restarting':
      return say(
        'restarting',
        `starts again and again (${restart_count} times so far; exit code ${exit_code})`,
      );
    case 'created':
      return say('never_started', 'was made, and has never run');
    case 'exited':
      break;
    default:
      return say('state', `is ${state}`);
  }
  const signal = SIGNALLED[exit_code ?? 0];
  const why = oom_killed ? ', out of memory' : signal ? `, which is ${signal}` : '';
  const end = `with exit code ${exit_code}${why}, at ${finished_at}`;
  if (ALWAYS.includes(restart_policy))
    return say(
      'stopped',
      `was stopped by hand: it ended ${end}, and its restart policy "${restart_policy}" would have started it again`,
    );
  return isJob && exit_code === 0 ? [] : say('ended', `ended ${end}, and nothing starts it again`);
}

function limits({ resources }: ContainerRecord, wanted: WantedService): Difference[] {
  const is = limitsOf(resources);
  const say = (text: string): Difference => ({ finding: 'limits', on: 'resources', text });
  const cpus = (amount: number) => `${amount} processor${amount === 1 ? '' : 's'}`;
  return [
    ...(isSameShare(is.cpus, wanted.cpus)
      ? []
      : [say(instead(is.cpus, wanted.cpus, cpus, 'processors'))]),
    ...(is.memory === wanted.memory
      ? []
      : [
          say(
            instead(
              is.memory,
              wanted.memory,
              (amount) => `${megabytes(amount)} of memory`,
              'memory',
            ),
          ),
        ]),
  ];
}

function instead(is: number, wanted: number, amount: (it: number) => string, what: string): string {
  const now = is === Infinity ? `has no limit of its ${what}` : `may use ${amount(is)}`;
  const then = wanted === Infinity ? 'sets no limit' : `says ${amount(wanted)}`;
  return `${now}, and the Compose file ${then}`;
}

function restartPolicy(
  { restart_policy }: ContainerRecord,
  { restart }: WantedService,
): Difference[] {
  if (restart === null || restart === restart_policy) return [];
  const text = `has the restart policy "${restart_policy}", and the Compose file says "${restart}"`;
  return [{ finding: 'restart_policy', on: 'lifecycle', text }];
}

function networks(
  { networks: has, network_mode }: ContainerRecord,
  wanted: WantedService | null,
  service: string,
): Difference[] {
  const meant = wanted ? wanted.networks : byItsMode(network_mode, service);
  if (meant === null) return [];
  const missing = [...meant].flatMap(([name, aliases]): Difference[] => {
    const on = has[name];
    if (!on)
      return [{ finding: 'network_missing', on: null, text: `is not on the network ${name}` }];
    const lost = aliases.filter((alias) => !on.aliases.includes(alias));
    if (lost.length === 0) return [];
    return [
      {
        finding: 'alias_missing',
        on: null,
        text: `is not known as ${lost.join(', ')} on the network ${name}`,
      },
    ];
  });
  const added = wanted ? Object.keys(has).filter((name) => !meant.has(name)) : [];
  return [
    ...missing,
    ...added.map(
      (name): Difference => ({
        finding: 'network_added',
        on: null,
        text: `is on the network ${name}, which the Compose file does not give it`,
      }),
    ),
  ];
}

/** Without a model: the network that the container was made on, where its service has its own name. */
function byItsMode(mode: string, service: string): Map<string, string[]> | null {
  if (/^(?:|default|bridge|host|none|(?:container|ns):.*)$/.test(mode)) return null;
  return new Map([[mode, [service]]]);
}
