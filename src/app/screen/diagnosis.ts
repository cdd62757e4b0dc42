/** What can be told of one fault at once: as `fault list` tells it, and what its target looks like to the engine. Looks only. */
import { faultListResult } from '../../view/fault-results.ts';
import type { Context } from '../context.ts';
import { listFaults } from '../list-faults.ts';

/** As lines. Throws as `listFaults` does. */
export async function diagnosisOf(context: Context, id: string): Promise<string[]> {
  const listed = await listFaults(context, true);
  const faults = listed.faults.filter((fault) => fault.id === id);
  const [fault] = faults;
  if (!fault) return [`${id} is no longer among the newest faults of the run.`];
  const params = Object.entries(fault.params).map(([name, value]) => `${name} ${String(value)}`);
  return [
    // A halt stands above.
    ...faultListResult({ ...listed, faults, halt: null }).lines,
    ...(params.length > 0 ? [`with: ${params.join(', ')}`] : []),
    `undo: ${fault.words.undo}`,
    ...(fault.chapter === null ? [] : [`of the chapter ${fault.chapter}`]),
  ];
}
