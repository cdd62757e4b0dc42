/**
 * The ability `existence`: a container that is removed, and made anew from a copy that was put beside it before and is never
 * started. The copy holds the configuration and the volumes; what the container wrote into its own layer is gone, as it is
 * whenever a container is made anew.
 */
import type { LiveEffect } from '../../fault/effect.ts';
import { ExistenceEffectSchema } from '../../fault/existence-effect.ts';
import { type Instance, label } from '../../fault/instance.ts';
import { EngineError } from '../../terms/outcomes.ts';
import type { Ability } from '../engine.ts';
import type { LifecycleVerbs } from '../lifecycle.ts';
import { parseEffectBy } from '../parse-effect.ts';
import { anewFrom, type Kept, keptIn, spareOf } from './container-copy.ts';
import type { InspectedContainer, ListedContainer } from './docker-answers.ts';
import { wordsOf } from './docker-api.ts';
import { madeByUs } from './docker-helper.ts';
import type { NetworkWorld } from './network.ts';

const CHANGE_MS = 30_000;
/** What was asked for just before its author died may still be on its way to the engine. */
const SETTLE_MS = 5000;
const NEXT = 'Choose another target or kind of fault.';

export function createExistence(
  { api, neighbours }: Pick<NetworkWorld, 'api' | 'neighbours'>,
  verbs: LifecycleVerbs,
): Ability {
  const look = (id: string) =>
    api.read<InspectedContainer>(`/containers/${encodeURIComponent(id)}/json`);

  /** `also`: a status that is as good. `definite`: a refusal leaves everything as it was. */
  const ask = async (
    what: string,
    path: string,
    { body, method, also, definite = false }: Asked = {},
  ): Promise<void> => {
    const { status, body: said } = await api.change(what, path, {
      timeoutMs: CHANGE_MS,
      ...(body && { body }),
      ...(method && { method }),
    });
    if (status < 300 || status === 304 || status === also) return;
    throw new EngineError(`The ${what} failed: ${wordsOf(said)} (${status}).`, {
      definite: definite && status < 500,
      reason: status,
      next: definite ? 'fault list' : 'fault recover',
    });
  };

  /** Removing a container leaves its volumes. */
  const drop = (what: string, id: string) =>
    ask(what, `/containers/${encodeURIComponent(id)}?force=1`, { method: 'DELETE', also: 404 });

  return {
    async whyNot(target, effect) {
      parseEffectBy(ExistenceEffectSchema, effect);
      const found = await look(target.id);
      if (found?.HostConfig.AutoRemove)
        return {
          why: 'the engine removes it with all its volumes when it ends (--rm)',
          next: NEXT,
        };
      if (found?.HostConfig.Links?.length)
        return { why: 'it has links, which cannot be made again', next: NEXT };
      const all = (await api.read<ListedContainer[]>('/containers/json?all=1')) ?? [];
      const user = all.find(
        ({ HostConfig }) => HostConfig?.NetworkMode === `container:${target.id}`,
      );
      if (user)
        return {
          why: `${user.Names?.[0]?.slice(1)} has its network, which would go with it`,
          next: NEXT,
        };
      return (await verbs.whyNot?.('start', target)) ?? null;
    },

    async set(target, effects, undone = []) {
      if (effects.length > 0) return remove(target);
      if (undone.length > 0) await bringBack(target);
    },

    // One that is there is not removed.
    read: async (_now, effects: readonly LiveEffect[]) => effects.map(() => ({ state: 'absent' })),

    settleMs: () => SETTLE_MS,
  };

  async function remove(target: Instance): Promise<void> {
    const found = await look(target.id);
    if (!found) return;
    const named = await api.read<{ Id: string }>(
      `/images/${encodeURIComponent(found.Config.Image ?? found.Image)}/json`,
    );
    await ask(`copy of ${label(target)}`, `/containers/create?name=${spareName(target)}`, {
      body: spareOf(found, named?.Id === found.Image, madeByUs()),
      also: 409, // It is there from before.
      definite: true,
    });
    await drop(`removal of ${label(target)}`, target.id);
  }

  async function bringBack(target: Instance): Promise<void> {
    const spare = await look(spareName(target));
    const kept = spare && keptIn(spare);
    const isThere = (await look(target.id)) !== null;
    const other = isThere ? null : await successor(target);
    // One that somebody made meanwhile has its place. One that was made by us and not started yet is finished below.
    if (!isThere && (other === null || (kept && other.name === kept.name))) {
      if (spare && kept) await makeAnew(target, spare, kept);
      else if (other === null) throw noCopy(target);
    }
    await drop(`removal of the copy of ${label(target)}`, spareName(target));
  }

  async function successor({ id, service, number }: Instance) {
    const row = (await neighbours()).find(
      (each) =>
        each.row.service === service &&
        each.row.number === number &&
        each.row.untouchable === null &&
        each.row.id !== id,
    )?.row;
    return row ?? null;
  }

  async function makeAnew(target: Instance, spare: InspectedContainer, kept: Kept): Promise<void> {
    const name = encodeURIComponent(kept.name);
    const what = `making of ${label(target)} anew`;
    await ask(what, `/containers/create?name=${name}`, { body: anewFrom(spare, kept), also: 409 });
    const has = (await look(name))?.NetworkSettings?.Networks ?? {};
    for (const [network, endpoint] of Object.entries(kept.networks)) {
      if (Object.hasOwn(has, network)) continue;
      await ask(what, `/networks/${encodeURIComponent(network)}/connect`, {
        body: { Container: kept.name, EndpointConfig: endpoint },
      });
    }
    await ask(what, `/containers/${name}/start`);
  }
}

interface Asked {
  body?: object;
  method?: 'DELETE';
  also?: number;
  definite?: boolean;
}

function spareName({ id }: Instance): string {
  return `gameday-spare-${id.slice(0, 12)}`;
}

function noCopy(target: Instance): EngineError {
  const message = `${label(target)} cannot be made anew: its copy ${spareName(target)} is gone from the engine.`;
  const next = `docker compose up -d ${target.service}`;
  return new EngineError(message, { definite: true, reason: 'no_copy', next });
}
