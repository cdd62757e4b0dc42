/**
 * The configuration of a container, from what the engine says of it to what it takes for another one. Pure. It stays on the
 * engine all the time, in a copy that is never started: environment and labels may hold secrets, so that no journal has them.
 */
import type { Endpoint, InspectedContainer, Labels, Mount } from './docker-answers.ts';
import { PROJECT_LABEL } from './docker-instance.ts';

/** Of the copy: the full id of the container that it is one of. */
export const SPARE_FOR = 'gameday.spare-for';
const KEPT = 'gameday.kept';

/** What the copy does not have as it is. */
export interface Kept {
  name: string;
  labels: Labels;
  restart_policy: unknown;
  networks: Record<string, Endpoint>;
}

/** What the engine takes for a new container. */
export interface NewContainer {
  HostConfig: Record<string, unknown>;
  Labels: Labels;
  NetworkingConfig?: { EndpointsConfig: Record<string, Endpoint> };
  [key: string]: unknown;
}

/** Of no stack, and under no policy by which the engine would start it. */
export function spareOf(found: InspectedContainer, isTagged: boolean, ours: Labels): NewContainer {
  const { name, config, host } = configurationOf(found, isTagged);
  const kept: Kept = {
    name,
    labels: found.Config.Labels ?? {},
    restart_policy: found.HostConfig.RestartPolicy ?? null,
    networks: networksOf(found),
  };
  return {
    ...config,
    // Images that Compose built carry its labels, by which the copy would be taken for a part of the stack.
    Labels: { [PROJECT_LABEL]: '', [SPARE_FOR]: found.Id, [KEPT]: JSON.stringify(kept), ...ours },
    HostConfig: { ...host, RestartPolicy: { Name: 'no' } },
  };
}

/** Null: it is no copy of ours. */
export function keptIn(spare: InspectedContainer): Kept | null {
  const text = spare.Config.Labels?.[KEPT];
  return text === undefined ? null : (JSON.parse(text) as Kept);
}

/** The name that the container had; null: it is no copy of ours. */
export function keptNameIn(labels: Labels): string | null {
  const text = labels[KEPT];
  return text === undefined ? null : (JSON.parse(text) as Kept).name;
}

/** As the container was; on the first of its networks, for older engines take no more at once. */
export function anewFrom(spare: InspectedContainer, kept: Kept): NewContainer {
  const { config, host } = configurationOf(spare, true);
  const mode = spare.HostConfig.NetworkMode ?? '';
  const first = Object.entries(kept.networks).find(
    ([name, { NetworkID }]) => name === mode || NetworkID === mode,
  );
  return {
    ...config,
    Labels: kept.labels,
    HostConfig: { ...host, RestartPolicy: kept.restart_policy },
    ...(first && { NetworkingConfig: { EndpointsConfig: { [first[0]]: first[1] } } }),
  };
}

function configurationOf(found: InspectedContainer, isTagged: boolean) {
  const { Hostname, ...config } = found.Config as Record<string, unknown>;
  return {
    name: (found.Name ?? '').replace(/^\//, ''),
    config: {
      ...config,
      // Where nobody set it, it is the beginning of the container's own id.
      ...(Hostname !== found.Id.slice(0, 12) && { Hostname }),
      // A name that means another image by now.
      ...(!isTagged && { Image: found.Image }),
    },
    host: withVolumes(found),
  };
}

/** Volumes without a name of their own are named, so that the new container has the same and not new ones. */
function withVolumes({ HostConfig, Mounts }: InspectedContainer): Record<string, unknown> {
  const host = HostConfig as Record<string, unknown>;
  const binds = (host.Binds as string[] | null) ?? [];
  const asked = (host.Mounts as (Mount & { Target?: string })[] | null) ?? [];
  const volumes = (Mounts ?? []).filter(({ Type, Name }) => Type === 'volume' && Name);
  const named = asked.map((each) => {
    const its = volumes.find(({ Destination }) => Destination === each.Target);
    return each.Type === 'volume' && !each.Source && its ? { ...each, Source: its.Name } : each;
  });
  const isAsked = ({ Destination }: Mount) =>
    asked.some(({ Target }) => Target === Destination) ||
    binds.some((bind) => bind.split(':')[1] === Destination);
  const others = volumes
    .filter((each) => !isAsked(each))
    .map(({ Name, Destination, RW }) => `${Name}:${Destination}${RW === false ? ':ro' : ''}`);
  // An empty list is another configuration than none.
  return {
    ...host,
    ...(others.length > 0 && { Binds: [...binds, ...others] }),
    ...(named.length > 0 && { Mounts: named }),
  };
}

/** What somebody asked for, and not what the engine gave. On the engine's own bridge nobody can ask for anything. */
function networksOf({ Id, NetworkSettings }: InspectedContainer): Record<string, Endpoint> {
  const all = Object.entries(NetworkSettings?.Networks ?? {}).filter(([name]) => name !== 'bridge');
  return Object.fromEntries(
    all.map(([name, endpoint]) => {
      const { IPAMConfig, Aliases, Links, DriverOpts, GwPriority, NetworkID } = endpoint ?? {};
      const aliases = (Aliases ?? []).filter((alias) => alias !== Id.slice(0, 12));
      return [
        name,
        {
          ...(NetworkID ? { NetworkID } : {}),
          ...(IPAMConfig ? { IPAMConfig } : {}),
          ...(aliases.length > 0 && { Aliases: aliases }),
          ...(Links ? { Links } : {}),
          ...(DriverOpts ? { DriverOpts } : {}),
          ...(GwPriority ? { GwPriority } : {}),
        },
      ];
    }),
  );
}
