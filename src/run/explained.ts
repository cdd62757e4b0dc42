/** Which of a stack's differences are the doing of live faults of the run. Pure. */
import type { Comparison, Difference } from '../fault/difference.ts';
import type { InstanceRow } from '../fault/instance.ts';
import { effectsOf, liveFaults, type Run } from './run.ts';

/** A difference, with the ids of the live faults that may have made it so; none: somebody else did. */
export type Explained<D extends Difference = Difference> = Omit<D, 'on' | 'fault'> & {
  faults: string[];
};

export interface ExplainedComparison extends Pick<Comparison, 'with' | 'unlooked'> {
  instances: (Pick<InstanceRow, 'id' | 'name' | 'service' | 'number' | 'state'> & {
    differences: Explained[];
  })[];
  beside: Explained<Comparison['beside'][number]>[];
}

export function explain(
  compared: Comparison,
  run: Pick<Run, 'faults'> | null,
): ExplainedComparison {
  const effects = run ? liveFaults(run).flatMap(effectsOf) : [];
  const faultsFor = (
    { on, fault: maker }: Pick<Difference, 'on' | 'fault'>,
    isHit: (target: InstanceRow) => boolean,
  ) => {
    const made = effects.filter(
      ({ fault, target, effect }) =>
        effect.on === on && isHit(target) && (maker ?? fault) === fault,
    );
    return [...new Set(made.map(({ fault }) => fault))];
  };
  return {
    with: compared.with,
    unlooked: compared.unlooked,
    instances: compared.instances.map(({ differences, ...instance }) => ({
      ...instance,
      differences: differences.map(({ on, fault, ...each }) => ({
        ...each,
        faults: faultsFor({ on, ...(fault && { fault }) }, ({ id }) => id === instance.id),
      })),
    })),
    beside: compared.beside.map(({ on, fault: _made, ...each }) => ({
      ...each,
      faults: faultsFor({ on }, ({ service }) => service === each.service),
    })),
  };
}
