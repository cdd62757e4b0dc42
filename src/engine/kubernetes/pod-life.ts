/**
 * Whether a pod runs: a pod that is deleted is gone for good, and its owner makes another one. So nothing is to be undone, and
 * every deletion is bound to the uid: a successor of the same name is never hit.
 * A deletion without grace is no SIGKILL: what runs in the pod may answer for some seconds after the pod is gone.
 */
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Effect,
  type LifecycleEffect,
  LifecycleEffectSchema,
  type LiveEffect,
  type Reading,
} from '../../fault/effect.ts';
import { type Instance, label } from '../../fault/instance.ts';
import { EngineError } from '../../terms/outcomes.ts';
import type { Ability, Hindrance } from '../engine.ts';
import { onlyEffect, parseEffectBy } from '../parse-effect.ts';
import { budgetInTheWay, budgetName } from './budgets.ts';
import { crashPod, withdrawCrashes } from './chaos-crash.ts';
import type { ChaosMesh } from './chaos-mesh.ts';
import type { Pod } from './kube-answers.ts';
import { type KubeAnswer, type KubeApi, wordsOf } from './kube-api.ts';
import type { PodRecord } from './pod-instance.ts';

/** From the end of whoever asked to the moment when the API server has done it, or never will. */
export const SETTLE_MS = 5000;
/** Beyond its grace: what runs in it is ended by its node, which then says so. */
const GONE_MS = 10_000;
const LOOK_EVERY_MS = 100;

/** `inspect`: of a pod by its uid. */
export function createPodLife(
  api: KubeApi,
  chaos: ChaosMesh,
  inspect: (id: string) => Promise<Instance | null>,
): Ability {
  return {
    async whyNot(target, effect) {
      const meant = parseEffect(effect);
      if (meant.to === 'crashed') return chaos.whyNot(insteadOf(target));
      return whyNot(target, meant) ?? (await whyNotGo(api, target));
    },
    async set(target, effects) {
      const wanted = onlyEffect(target, effects);
      // Where it is gone, its owner makes another one.
      if (!wanted) return withdrawCrashes(chaos, target);
      const { to, grace_ms } = parseEffect(wanted.effect);
      if (to === 'crashed') return crashPod(chaos, target, wanted.fault, inspect);
      const seconds = to === 'killed' ? 0 : graceSeconds(target, grace_ms);
      await deletePod(api, target, wanted.effect, seconds);
      await waitUntilGone(api, target, seconds * 1000);
    },
    async read(now, effects) {
      return effects.map((each) =>
        parseEffect(each.effect).to === 'crashed' ? readCrashed(now, each) : readDeleted(now),
      );
    },
    settleMs: () => SETTLE_MS,
  };
}

/** The kubelet starts it again at once, and later and later when that happens often. */
function readCrashed(now: Instance, { target }: LiveEffect): Reading {
  if (now.state === 'restarting') return { state: 'in_force' };
  if (now.state !== 'running') return { state: 'altered' };
  return { state: 'absent', expected: now.incarnation !== target.incarnation };
}

function whyNot(target: Instance, { to, signal }: LifecycleEffect): Hindrance | null {
  if (to === 'paused')
    return { why: 'Kubernetes has no way to freeze a pod', next: insteadOf(target) };
  if (signal !== undefined)
    return { why: 'a deletion sends no signal of your choice', next: 'Leave out --signal.' };
  return null;
}

/** A deletion asks no budget, so that we do; whoever wants what a failing machine would do overrules it. */
async function whyNotGo(api: KubeApi, target: Instance): Promise<Hindrance | null> {
  const budget = await budgetInTheWay(api, await api.read<Pod>(podPath(target)));
  return (
    budget && {
      why: `${budgetName(budget)} lets none go now`,
      next: 'Wait until it lets one go; or overrule it with --overrule max_unavailable, in a story `overrule: [max_unavailable]`.',
      guard: 'max_unavailable',
    }
  );
}

function insteadOf({ service }: Instance): string {
  return `\`fault inject kill ${service}\` deletes it without a grace, \`fault inject stop ${service}\` with its own.`;
}

async function deletePod(
  api: KubeApi,
  target: Instance,
  effect: Effect,
  gracePeriodSeconds: number,
): Promise<void> {
  const what = `${effect.to === 'killed' ? 'kill' : 'stop'} of ${label(target)}`;
  const answer = await api.change(what, podPath(target), {
    method: 'DELETE',
    body: {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      preconditions: { uid: target.id },
      gracePeriodSeconds,
    },
  });
  if (answer.status < 300 || isGone(answer)) return;
  throw refusedChange(what, answer);
}

/** So long as its node may take. Where that is not enough (a finalizer, a node that is silent), it is on its way all the same. */
export async function waitUntilGone(
  api: KubeApi,
  target: Instance,
  graceMs = (target.record as PodRecord).grace_ms,
): Promise<void> {
  const end = performance.now() + graceMs + GONE_MS;
  while (performance.now() < end) {
    const now = await api.read<Pod>(podPath(target)).catch(() => null);
    if (now?.metadata.uid !== target.id) return;
    await delay(LOOK_EVERY_MS);
  }
}

/** The one that was recorded is there no more: its name is free, or another one bears it. */
export function isGone({ status }: KubeAnswer): boolean {
  return status === 404 || status === 409;
}

export function refusedChange(what: string, { status, body }: KubeAnswer): EngineError {
  return new EngineError(`The cluster refused the ${what}: ${wordsOf(body)} (${status}).`, {
    definite: true,
    reason: status,
    next: 'story doctor',
  });
}

export function podPath({ name, record }: Instance): string {
  return `/api/v1/namespaces/${(record as PodRecord).namespace}/pods/${name}`;
}

/** None at all would be a kill. */
function graceSeconds({ record }: Instance, graceMs: number | undefined): number {
  return Math.max(1, Math.ceil((graceMs ?? (record as PodRecord).grace_ms) / 1000));
}

/** Of a pod that still exists. */
export function readDeleted({ state }: Instance): Reading {
  if (state === 'removing') return { state: 'in_force' };
  return state === 'running' ? { state: 'absent' } : { state: 'altered' };
}

const parseEffect = (effect: Effect): LifecycleEffect =>
  parseEffectBy(LifecycleEffectSchema, effect);
