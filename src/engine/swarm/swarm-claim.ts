/**
 * One run at a time on a stack, whichever machine it is on: a config of the swarm bears the stack's name and says in its labels
 * whose it is, and until when. A name is given once, so that creating it is the claim; its labels are changed by the version that
 * was looked at. It is deleted by its id, and only once it says that it is nobody's: what is so is never taken again.
 */
import { checksum } from '../../system/checksum.ts';
import { EngineError } from '../../terms/outcomes.ts';
import { claimed, type Held, holderOf, isHeldBy } from '../claim.ts';
import type { Claim, Claimant } from '../engine.ts';
import { type Config, STACK_LABEL } from './swarm-answers.ts';
import { isOutrun, type Manager } from './swarm-manager.ts';

const HOLDER = 'gameday.holder';
const SINCE = 'gameday.since';
const UNTIL = 'gameday.until';
/** What a config holds cannot be changed and must be something; what counts is in its labels. */
const DATA = Buffer.from('One game day at a time: see the labels.\n').toString('base64');
const WHAT = 'claim of the stack';
const FORBIDDEN = 403;
const NOT_FOUND = 404;
const CONFLICT = 409;
const TRIES = 8;
/** Of a config's name. */
const LONGEST = 64;

/** `nowMs`: by the swarm's clock, so that machines need not agree on the time. */
export function createClaim(manager: Manager, stack: string, nowMs: () => number): Claim {
  const name = claimName(stack);
  const create = (labels: object) =>
    manager.ask(WHAT, '/configs/create', { body: { Name: name, Labels: labels, Data: DATA } });
  return {
    async take(claimant, holdMs) {
      for (let tries = 1; ; tries++) {
        const now = nowMs();
        const before = await readClaim(manager, stack);
        if (before === 'unknown') return;
        const isOurs = before !== null && isHeldBy(before.holder, claimant);
        if (before && !isOurs && isInForce(before, now))
          throw claimed(`the stack ${stack}`, before, `docker config rm ${name}`);
        const labels = {
          [STACK_LABEL]: stack,
          [HOLDER]: holderOf(claimant),
          [SINCE]: (isOurs && before.since) || new Date(now).toISOString(),
          [UNTIL]: new Date(now + holdMs).toISOString(),
        };
        try {
          if (before && !isOurs) await remove(manager, before);
          await (isOurs ? relabel(manager, before, labels) : create(labels));
          return;
        } catch (error) {
          if (isReason(error, FORBIDDEN)) return;
          // Somebody was faster: what is there by now is looked at again.
          if (!isRace(error) || tries === TRIES) throw error;
        }
      }
    },
    async release(claimant) {
      const now = await readClaim(manager, stack);
      if (now === null || now === 'unknown' || !isEnded(now, claimant)) return;
      await remove(manager, now).catch((error) => {
        // It is another run's by now, or nobody's.
        if (!isRace(error)) throw error;
      });
    },
  };
}

/** As `docker config ls` shows it. Two stacks whose long names begin alike have a checksum in it. */
export function claimName(stack: string): string {
  const name = `gameday-${stack}`;
  const sum = checksum(stack);
  return name.length > LONGEST ? `${name.slice(0, LONGEST - sum.length - 1)}-${sum}` : name;
}

/** A claim as a manager has it. `holder` empty: it is nobody's any more. */
export interface SwarmClaim extends Held {
  config: Config;
}

/** Null: there is none. `unknown`: whoever stands before the engine lets nobody look at configs, and `story doctor` says so. */
export async function readClaim(
  manager: Manager,
  stack: string,
): Promise<SwarmClaim | null | 'unknown'> {
  const name = claimName(stack);
  try {
    // The engine would take the beginning of an id as well; here only the name counts.
    const config = await manager.read<Config>(`/configs/${name}`);
    if (config?.Spec.Name !== name) return null;
    const {
      [HOLDER]: holder = '',
      [SINCE]: since = null,
      [UNTIL]: until,
    } = config.Spec.Labels ?? {};
    const endMs = until === undefined ? Number.POSITIVE_INFINITY : Date.parse(until);
    return { config, holder, since, endMs };
  } catch (error) {
    if (isReason(error, FORBIDDEN)) return 'unknown';
    throw error;
  }
}

function isInForce({ holder, endMs }: Held, nowMs: number): boolean {
  return holder !== '' && endMs > nowMs;
}

/** It is to go: this run lets go of it, or a killed one was about to delete it. */
function isEnded({ holder }: Held, claimant: Claimant): boolean {
  return holder === '' || isHeldBy(holder, claimant);
}

/** Throws EngineError where it was changed since it was looked at. Idempotent. */
async function remove(manager: Manager, claim: SwarmClaim): Promise<void> {
  const { [HOLDER]: _, ...labels } = claim.config.Spec.Labels ?? {};
  if (claim.holder !== '') await relabel(manager, claim, labels);
  await manager.ask(WHAT, `/configs/${claim.config.ID}`, { method: 'DELETE' }).catch((error) => {
    if (!isReason(error, NOT_FOUND)) throw error;
  });
}

function relabel(manager: Manager, { config }: SwarmClaim, labels: object): Promise<void> {
  const { ID, Version, Spec } = config;
  return manager.update(WHAT, `/configs/${ID}`, Version.Index, { ...Spec, Labels: labels });
}

function isRace(error: unknown): boolean {
  return isReason(error, CONFLICT) || isReason(error, NOT_FOUND) || isOutrun(error);
}

function isReason(error: unknown, status: number): boolean {
  return error instanceof EngineError && error.reason === status;
}
