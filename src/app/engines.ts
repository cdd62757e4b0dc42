/** The engines that there are: one row each. The engine that a story or a flag asks for is opened; no other one is ever imported. */
import { compose } from '../engine/compose/row.ts';
import type { Engine } from '../engine/engine.ts';
import type { EngineKind, EngineSite, StackOf } from '../engine/engine-kind.ts';
import { kubernetes } from '../engine/kubernetes/row.ts';
import { process } from '../engine/process/row.ts';
import { swarm } from '../engine/swarm/row.ts';
import type { StackRef } from '../fault/stack.ts';
import { closest } from '../terms/closest.ts';
import { Refusal } from '../terms/outcomes.ts';

export const ENGINES: readonly EngineKind[] = [compose, swarm, kubernetes, process];
/** Of a stack that nothing is known of. */
export const DEFAULT_ENGINE: EngineKind = compose;

/** By a file of such a name a folder is known as the place of a stack. */
export const STACK_FILES: readonly string[] = ENGINES.flatMap(({ files }) => files?.names ?? []);

/** Throws Refusal `unsupported_stack` for an engine that this gameday does not have. */
export function engineKind(kind: string): EngineKind {
  const found = ENGINES.find((row) => row.kind === kind);
  if (found) return found;
  const names = ENGINES.map((row) => row.kind);
  const near = closest(kind, names);
  const message = `This gameday has no engine "${kind}"; there are ${names.join(', ')}.`;
  throw new Refusal('unsupported_stack', message, near ? `--engine ${near}` : 'story doctor');
}

export function openEngine(
  { story, ...site }: Omit<EngineSite, 'allowRemote'> & { story: StackOf & { engine: string } },
  allowRemote: boolean,
): Promise<Engine> {
  return engineKind(story.engine).open(story, { ...site, allowRemote });
}

/** What the journal keeps of a stack. */
export async function stackRef(engine: Engine): Promise<StackRef> {
  const { kind, project, spec } = engine;
  return { kind, project, spec, identity: await engine.identity() };
}
