/** What a person types to do by hand what gameday does not do. Pure. */
import type { ByHand } from '../engine.ts';

const VERBS: Record<ByHand, string> = {
  start: 'up -d',
  restart: 'restart',
  unpause: 'unpause',
  recreate: 'up -d --force-recreate',
};

/** `docker compose up -d web`; of no services, the whole stack. */
export function byHand(how: ByHand, services: readonly string[]): string {
  return ['docker compose', VERBS[how], ...services].join(' ');
}

/** For another container of the service in place of one that cannot be started. */
export const remake = (service: string) => byHand('recreate', [service]);
