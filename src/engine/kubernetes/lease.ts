/**
 * One run at a time on a namespace, whichever machine it is on: a Lease with the name `gameday` in it says whose it is, and until when.
 * Nobody renews it in the background: it is taken for as long as what is begun can last, and deleted when nothing is left of that.
 */
import { EngineError, type Refusal } from '../../terms/outcomes.ts';
import { claimed, type Held, holderOf, isHeldBy } from '../claim.ts';
import type { Claim, Claimant } from '../engine.ts';
import type { Meta } from './kube-answers.ts';
import { type KubeApi, MERGE } from './kube-api.ts';
import { refusedChange } from './pod-life.ts';

const NAME = 'gameday';
const API_VERSION = 'coordination.k8s.io/v1';
const FORBIDDEN = 403;
const NOT_FOUND = 404;
const CONFLICT = 409;
const TRIES = 5;

interface Lease {
  metadata: Meta;
  spec?: {
    holderIdentity?: string;
    leaseDurationSeconds?: number;
    acquireTime?: string;
    renewTime?: string;
  };
}

/** `nowMs`: by the cluster's clock, so that machines need not agree on the time. */
export function createLease(api: KubeApi, nowMs: () => number): Claim {
  const { namespace } = api.cluster;
  const folder = `/apis/${API_VERSION}/namespaces/${namespace}/leases`;
  const path = `${folder}/${NAME}`;
  return {
    async take(claimant, holdMs) {
      for (let tries = 1; ; tries++) {
        const now = nowMs();
        const before = await readLease(api, path);
        if (before === 'unknown') return;
        if (before && !isFree(before, claimant, now)) throw taken(api, before);
        const spec = specOf(before, claimant, now, holdMs);
        const answer = before
          ? await api.change('claim of the namespace', path, {
              method: 'PATCH',
              contentType: MERGE,
              body: { metadata: versionOf(before), spec },
            })
          : await api.change('claim of the namespace', folder, {
              method: 'POST',
              body: { apiVersion: API_VERSION, kind: 'Lease', metadata: { name: NAME }, spec },
            });
        if (answer.status < 300 || answer.status === FORBIDDEN) return;
        // Somebody was faster: what is there by now is looked at again.
        const isRace = answer.status === CONFLICT || answer.status === NOT_FOUND;
        if (!isRace || tries === TRIES) throw refusedChange('claim of the namespace', answer);
      }
    },
    async release(claimant) {
      const now = await readLease(api, path);
      if (now === null || now === 'unknown' || !isOf(now, claimant)) return;
      await api.change('release of the namespace', path, {
        method: 'DELETE',
        body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: versionOf(now) },
      });
    },
  };
}

/** Null: there is none. `unknown`: this account may not look, and `story doctor` says so. */
async function readLease(api: KubeApi, path: string): Promise<Lease | null | 'unknown'> {
  try {
    return await api.read<Lease>(path);
  } catch (error) {
    if (error instanceof EngineError && error.reason === FORBIDDEN) return 'unknown';
    throw error;
  }
}

function specOf(before: Lease | null, claimant: Claimant, nowMs: number, holdMs: number) {
  const renewTime = microTime(nowMs);
  const since = before && isOf(before, claimant) ? before.spec?.acquireTime : undefined;
  const leaseDurationSeconds = Math.max(1, Math.ceil(holdMs / 1000));
  return {
    holderIdentity: holderOf(claimant),
    leaseDurationSeconds,
    acquireTime: since ?? renewTime,
    renewTime,
  };
}

function isFree(lease: Lease, claimant: Claimant, nowMs: number): boolean {
  return isOf(lease, claimant) || !lease.spec?.holderIdentity || endMs(lease) <= nowMs;
}

function isOf({ spec }: Lease, claimant: Claimant): boolean {
  return isHeldBy(spec?.holderIdentity ?? '', claimant);
}

/** One that does not say until when has no end. */
function endMs({ spec }: Lease): number {
  const { renewTime, leaseDurationSeconds } = spec ?? {};
  if (renewTime === undefined || leaseDurationSeconds === undefined)
    return Number.POSITIVE_INFINITY;
  return Date.parse(renewTime) + leaseDurationSeconds * 1000;
}

function taken({ cluster }: KubeApi, lease: Lease): Refusal {
  const { context, namespace } = cluster;
  const { holderIdentity = '', acquireTime = null } = lease.spec ?? {};
  const held: Held = { holder: holderIdentity, since: acquireTime, endMs: endMs(lease) };
  const where = `--context ${context} --namespace ${namespace}`;
  return claimed(`the namespace ${namespace}`, held, `kubectl ${where} delete lease ${NAME}`);
}

function versionOf({ metadata }: Lease): Pick<Meta, 'uid' | 'resourceVersion'> {
  const { uid, resourceVersion } = metadata;
  return { uid, resourceVersion };
}

/** As the API has times of leases: six digits of a second. */
function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}
