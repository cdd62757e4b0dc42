/** What a person types to do by hand what gameday does not do. Pure. */
import type { ByHand } from '../engine.ts';
import type { FoundProject } from './compose-project.ts';

const VERBS: Record<ByHand, string> = {
  start: 'up -d',
  restart: 'restart',
  unpause: 'unpause',
  recreate: 'up -d --force-recreate',
};

/**
 * `docker compose up -d web`; of no services, the whole stack. Where the project was found by its name alone, Compose may find
 * no file from where somebody stands: it is named then, and what there is is started, since nothing can be made.
 */
export function byHandOf({ project, madeFrom }: Pick<FoundProject, 'project' | 'madeFrom'>) {
  const isNamed = madeFrom.length === 0;
  const compose = isNamed ? `docker compose -p ${project}` : 'docker compose';
  return (how: ByHand, services: readonly string[]): string => {
    const verb = isNamed && how === 'start' ? 'start' : VERBS[how];
    return [compose, verb, ...services].join(' ');
  };
}
