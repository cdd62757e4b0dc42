/**
 * The abilities `node` and `scale`: what a manager changes by its own word. What was so before is in the target's record, and
 * comes back exactly; a label on the node or the service says what we have made of it, and what does not bear that word any
 * more was changed by somebody else since, and is left alone.
 */
import {
  type NodeEffect,
  NodeEffectSchema,
  type ScaleEffect,
  ScaleEffectSchema,
} from '../../fault/cluster-effect.ts';
import type { LiveEffect, Reading } from '../../fault/effect.ts';
import { type Instance, label } from '../../fault/instance.ts';
import type { Ability } from '../engine.ts';
import { onlyEffect, parseEffectBy } from '../parse-effect.ts';
import type { Service, SwarmNode } from './swarm-answers.ts';
import { isOutrun, type Manager } from './swarm-manager.ts';
import {
  NODE_MARK,
  type NodeRecord,
  nodeIdIn,
  replicasOf,
  SCALE_MARK,
  type ScaleRecord,
  serviceIdIn,
} from './swarm-others.ts';

/** What was asked for just before its author died may still be on its way to the manager. */
const SETTLE_MS = 2000;
/** Somebody else's change between our look and ours has the manager refuse it. */
const TRIES = 5;
const AVAILABILITY: Record<NodeEffect['to'], string> = { drained: 'drain', cordoned: 'pause' };

export function createNode(manager: Manager): Ability {
  return {
    async whyNot() {
      return null;
    },
    async set(target, effects) {
      const effect = onlyEffect(target, effects);
      const id = nodeIdIn(target.id) ?? '';
      const wanted = effect && AVAILABILITY[parseNode(effect).to];
      await change<SwarmNode>(manager, target, `/nodes/${id}`, ({ Spec }) => {
        const { [NODE_MARK]: ours, ...labels } = Spec.Labels ?? {};
        if (wanted) {
          if (ours === wanted && Spec.Availability === wanted) return null;
          return { ...Spec, Availability: wanted, Labels: { ...labels, [NODE_MARK]: wanted } };
        }
        if (ours === undefined) return null;
        const isOurs = Spec.Availability === ours;
        const before = recordOf<NodeRecord>(target, 'node').availability;
        return { ...Spec, Availability: isOurs ? before : Spec.Availability, Labels: labels };
      });
    },
    async read(now, effects) {
      const is = recordOf<NodeRecord>(now, 'node');
      return effects.map((each): Reading => {
        const wanted = AVAILABILITY[parseNode(each).to];
        if (is.ours !== null) return { state: is.availability === wanted ? 'in_force' : 'altered' };
        const before = recordOf<NodeRecord>(each.target, 'node').availability;
        if (is.availability === before) return { state: 'absent' };
        const instead = `somebody set ${now.name} to ${is.availability}, where it stays; before the fault it was ${before}`;
        return { state: 'altered', instead };
      });
    },
    settleMs: () => SETTLE_MS,
  };
}

export function createScale(manager: Manager): Ability {
  return {
    async whyNot(target, { to }) {
      const { replicas } = recordOf<ScaleRecord>(target, 'scale');
      if (replicas !== to) return null;
      return { why: `it is to have ${replicas} already`, next: 'Choose another number with --to.' };
    },
    async set(target, effects) {
      const effect = onlyEffect(target, effects);
      const id = serviceIdIn(target.id) ?? '';
      const wanted = effect && parseScale(effect).to;
      await change<Service>(manager, target, `/services/${id}`, (service) => {
        const { Spec } = service;
        const { [SCALE_MARK]: ours, ...labels } = Spec.Labels ?? {};
        const scaled = (Replicas: number | null, Labels: object) => ({
          ...Spec,
          ...(Replicas !== null && { Mode: { Replicated: { Replicas } } }),
          Labels,
        });
        const is = replicasOf(service);
        if (wanted !== undefined && wanted !== null) {
          if (is === wanted && ours === String(wanted)) return null;
          return scaled(wanted, { ...labels, [SCALE_MARK]: String(wanted) });
        }
        if (ours === undefined) return null;
        const before = recordOf<ScaleRecord>(target, 'scale').replicas;
        return scaled(String(is) === ours ? before : null, labels);
      });
    },
    async read(now, effects) {
      const is = recordOf<ScaleRecord>(now, 'scale');
      return effects.map((each): Reading => {
        const { to } = parseScale(each);
        const isOurs = is.ours === String(to);
        if (isOurs && is.replicas === to) return { state: 'in_force' };
        const before = recordOf<ScaleRecord>(each.target, 'scale').replicas;
        if (is.replicas === before) return { state: isOurs ? 'in_force' : 'absent' };
        const instead = `somebody scaled ${now.name} to ${is.replicas}, which it keeps; before the fault it had ${before}`;
        return { state: 'altered', instead };
      });
    },
    settleMs: () => SETTLE_MS,
  };
}

/** Looks, and replaces the spec by what `next` makes of it; null: it is so already. What is gone needs no undo. */
async function change<Thing extends SwarmNode | Service>(
  manager: Manager,
  target: Instance,
  path: string,
  next: (thing: Thing) => object | null,
): Promise<void> {
  for (let tries = 1; ; tries++) {
    const thing = await manager.read<Thing>(path);
    const spec = thing && next(thing);
    if (!thing || spec === null) return;
    try {
      return await manager.update(`change of ${label(target)}`, path, thing.Version.Index, spec);
    } catch (error) {
      if (!isOutrun(error) || tries >= TRIES) throw error;
    }
  }
}

function recordOf<Of>({ record }: Instance, on: string): Of {
  return record[on] as Of;
}

const parseNode = ({ effect }: LiveEffect): NodeEffect => parseEffectBy(NodeEffectSchema, effect);
const parseScale = ({ effect }: LiveEffect): ScaleEffect =>
  parseEffectBy(ScaleEffectSchema, effect);
