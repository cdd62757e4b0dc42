/** An eviction: a deletion with the grace of the pod, which a PodDisruptionBudget may refuse. That is what `kubectl drain` asks for. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Instance, label } from '../../fault/instance.ts';
import { EngineError } from '../../terms/outcomes.ts';
import type { Ability } from '../engine.ts';
import { budgetInTheWay, budgetName } from './budgets.ts';
import type { Pod } from './kube-answers.ts';
import { type KubeApi, wordsOf } from './kube-api.ts';
import {
  isGone,
  podPath,
  readDeleted,
  refusedChange,
  SETTLE_MS,
  waitUntilGone,
} from './pod-life.ts';

const TOO_MANY = 429;
const AGAIN_MS = 500;

export function createEviction(api: KubeApi): Ability {
  return {
    async whyNot(target) {
      const pod = await api.read<Pod>(podPath(target));
      const budget = await budgetInTheWay(api, pod);
      if (!budget) return null;
      const next = `Wait until it lets one go, or \`fault inject stop ${target.service} --overrule max_unavailable\`.`;
      return { why: `${budgetName(budget)} lets none go now`, next };
    },
    async set(target, effects) {
      if (effects.length === 0) return; // Its owner makes another one.
      await evict(api, target, 0);
      await waitUntilGone(api, target);
    },
    async read(now, effects) {
      return effects.map(() => readDeleted(now));
    },
    settleMs: () => SETTLE_MS,
  };
}

/** `patienceMs`: how long a budget may hold it up. Throws EngineError; definite where it surely did not happen. */
export async function evict(api: KubeApi, target: Instance, patienceMs: number): Promise<void> {
  const what = `eviction of ${label(target)}`;
  const { namespace } = api.cluster;
  const end = performance.now() + patienceMs;
  for (;;) {
    const answer = await api.change(what, `${podPath(target)}/eviction`, {
      method: 'POST',
      body: {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name: target.name, namespace },
        deleteOptions: { preconditions: { uid: target.id } },
      },
    });
    if (answer.status < 300 || isGone(answer)) return;
    if (answer.status !== TOO_MANY) throw refusedChange(what, answer);
    if (performance.now() >= end) throw heldUp(target, answer.body);
    await delay(AGAIN_MS);
  }
}

function heldUp(target: Instance, body: unknown): EngineError {
  const causes = (body as { details?: { causes?: { message?: string }[] } }).details?.causes ?? [];
  const said = [wordsOf(body), ...causes.flatMap(({ message }) => message ?? [])].join(' ');
  return new EngineError(`${label(target)} was not evicted: ${said}`, {
    definite: true,
    reason: TOO_MANY,
    next: 'Wait until the budget lets one go, and try again.',
  });
}
