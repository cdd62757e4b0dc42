/** Facts at the stack without changing it or the run: for dry runs, and for `fault list`. */
import { randomInt } from 'node:crypto';
import type { Engine } from '../engine/engine.ts';
import type { OtherTargets } from '../fault/contribution.ts';
import { readHalt } from '../journal/index.ts';
import type { Drift } from '../run/drift.ts';
import type { World } from '../run/plan.ts';
import type { Fault, Run } from '../run/run.ts';
import { listOthers, whyRefused } from '../runner/choose.ts';
import { driftsOf } from '../runner/look-fault.ts';
import type { InjectSpec } from '../story/story.ts';
import { errorReport, type Refusal } from '../terms/outcomes.ts';
import { engineKind, openEngine } from './engines.ts';
import type { Place } from './locate.ts';

export interface LookedAt {
  /** By fault id, in the order of its targets. */
  drifts: Map<string, Drift[]>;
  /** Why the engine could not be asked, else null. */
  note: string | null;
}

/** For plans of these faults. */
export async function lookAtWorld(
  place: Place,
  specs: readonly InjectSpec[],
  run: Run | null,
  allowRemote: boolean,
): Promise<World> {
  return withEngine(place, allowRemote, (engine) => worldOf(engine, place, specs, run));
}

/** As `lookAtWorld`, through an engine that is open. */
export async function worldOf(
  engine: Engine,
  { story, stateDir }: Place,
  specs: readonly InjectSpec[],
  run: Run | null,
): Promise<World> {
  // A stack that the command itself would bring up first counts as it would stand then.
  const planned = run?.stack_started ? undefined : engineKind(story.engine).planned;
  return {
    rows: planned ? await planned(story) : await engine.list(),
    others: await listOthers(engine, othersIn(specs)),
    run,
    project: engine.project,
    reachedBy: engine.reachedBy ?? [],
    startCommand: engine.byHand('start', []),
    unpauseCommand: engine.byHand('unpause', []),
    halt: readHalt(stateDir),
    seed: drawSeed(),
  };
}

/** Never rejects for an engine that cannot be asked: the journal alone is worth showing, and the note says what is missing. */
export async function lookAtFaults(
  place: Place,
  faults: Fault[],
  allowRemote: boolean,
): Promise<LookedAt> {
  try {
    return await withEngine(place, allowRemote, async (engine) => {
      const looked = faults.map(async (fault): Promise<[string, Drift[]]> => {
        return [
          fault.id,
          await driftsOf({ engine, now: Date.now, journal: { run: { faults } } }, fault),
        ];
      });
      return { drifts: new Map(await Promise.all(looked)), note: null };
    });
  } catch (error) {
    const known = errorReport(error);
    if (!known) throw error;
    return {
      drifts: new Map(),
      note: `The engine could not be asked, so this is the journal alone: ${known.message}`,
    };
  }
}

/** Why a fault would be refused on these instances, by what only the engine can tell; null: it would not, or they are gone. */
export async function lookForRefusal(
  engine: Engine,
  spec: InjectSpec,
  ids: readonly string[],
): Promise<Refusal | null> {
  for (const id of ids) {
    const target = await engine.inspect(id);
    const refusal = target && (await whyRefused(engine, target, spec));
    if (refusal) return refusal;
  }
  return null;
}

/** What else than instances these faults are for. */
function othersIn(specs: readonly InjectSpec[]): OtherTargets[] {
  return [...new Set(specs.flatMap(({ targets }) => targets ?? []))];
}

/** Unsigned, 32 bits. */
export function drawSeed(): number {
  return randomInt(2 ** 32);
}

/** For several looks in turn: what an engine has listed, it need not list again. */
export async function withEngine<T>(
  place: Place,
  allowRemote: boolean,
  look: (engine: Engine) => Promise<T>,
): Promise<T> {
  const engine = await openEngine(place, allowRemote);
  try {
    return await look(engine);
  } finally {
    engine.close();
  }
}
