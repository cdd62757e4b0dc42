/** Which instances the services of a story make, and on which ports. Pure. */

import type { ProcessService } from '../../story/story.ts';
import { Refusal } from '../../terms/outcomes.ts';

export interface Wanted {
  id: string;
  service: string;
  number: number;
  spec: ProcessService;
}

function instanceId(service: string, number: number): string {
  return `${service}-${number}`;
}

/** The first replica has the service's port, the next ones count up; null where the service has none. */
export function portOf(spec: ProcessService, number: number): number | null {
  return spec.port === null ? null : spec.port + number - 1;
}

/** In the order of the story. Throws Refusal (`unsupported_stack`) for what cannot be. */
export function planInstances(services: Record<string, ProcessService>): Wanted[] {
  const ports = new Map<number, string>();
  return Object.entries(services).flatMap(([service, spec]) => {
    checkService(service, spec);
    return Array.from({ length: spec.replicas }, (_, index): Wanted => {
      const id = instanceId(service, index + 1);
      const port = portOf(spec, index + 1);
      if (port !== null) {
        if (port > 65_535)
          throw refusal(
            `${id} would listen on port ${port}, and there is none above 65535.`,
            `Lower \`services.${service}.port\`.`,
          );
        const other = ports.get(port);
        if (other)
          throw refusal(
            `${other} and ${id} would both listen on port ${port}.`,
            'Give one another port.',
          );
        ports.set(port, id);
      }
      return { id, service, number: index + 1, spec };
    });
  });
}

function checkService(service: string, spec: ProcessService): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(service)) {
    throw refusal(
      `"${service}" cannot be a service's name.`,
      'Use letters, digits, dots, dashes and underscores.',
    );
  }
  // A shell stands between us and the command, and most shells drop other names without a word.
  const odd = Object.keys(spec.env).find((name) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name));
  if (odd !== undefined)
    throw refusal(
      `"${odd}" in \`services.${service}.env\` cannot be a variable's name.`,
      'Use letters, digits and underscores.',
    );
  if (spec.health !== null && spec.port === null) {
    throw refusal(
      `The health of ${service} is asked for, but not at which port.`,
      `Give \`services.${service}\` a \`port\`.`,
    );
  }
}

function refusal(message: string, next: string): Refusal {
  return new Refusal('unsupported_stack', message, next);
}
