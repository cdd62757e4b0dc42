/** What `fault list --all-containers` says of each container: how it differs from how its stack is made. Pure. */
import { label } from '../fault/instance.ts';
import type { Explained, ExplainedComparison } from '../run/explained.ts';

export function comparisonJson(compared: ExplainedComparison) {
  return {
    compared_with: compared.with,
    instances: compared.instances.map((instance) => ({ label: label(instance), ...instance })),
    beside: compared.beside,
    not_looked_at: compared.unlooked,
  };
}

export function comparisonLines({ instances, beside, ...compared }: ExplainedComparison): string[] {
  const differing = instances.filter(({ differences }) => differences.length > 0);
  const containers = `${instances.length} container${instances.length === 1 ? '' : 's'}`;
  const outcome =
    differing.length === 0
      ? 'each as it was made'
      : `${instances.length - differing.length} as they were made, ${differing.length} not`;
  return [
    `${containers}, compared with ${compared.with}: ${outcome}.`,
    ...differing.flatMap((instance) => [
      `${label(instance)} (${instance.name})`,
      ...instance.differences.map((each) => `    ${sentence(each)}`),
    ]),
    ...beside.map((each) => `${each.about} ${sentence(each)}`),
    ...(beside.some(({ finding }) => finding === 'leftover')
      ? ['`story doctor --fix` removes what nobody needs of these leftovers.']
      : []),
    ...compared.unlooked.map((what) => `Not looked at: ${what}`),
  ];
}

function sentence({ text, faults }: Explained): string {
  return faults.length === 0 ? text : `${text}  [${faults.join(', ')}]`;
}
