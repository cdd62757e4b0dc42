/** The set-up of a load: operations in order, each with `{{key}}` for every key, several at a time. The first error ends it. */

import type { DrawSpec, PaceSpec } from '../../story/workload-spec.ts';
import { Refusal } from '../../terms/outcomes.ts';
import { leavesOpen } from '../../terms/placeholders.ts';
import type { KeySequence } from './key-sequence.ts';
import { type OperationResult, type ProtocolClient, performAnywhere } from './protocol-client.ts';

/** Most that are under way at a time, and never more than there are connections: none may wait for one until its time is up. */
const AT_A_TIME = 32;
const SAY_EVERY_MS = 1000;

type SetupSpec<OperationSpec> = Pick<PaceSpec, 'connections'> &
  DrawSpec & { setup: readonly OperationSpec[] };

/** Throws Refusal `setup_failed`, or the signal's reason. */
export async function runSetup<OperationSpec>(
  spec: SetupSpec<OperationSpec>,
  client: ProtocolClient<OperationSpec>,
  sequence: KeySequence,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  for (const [index, operation] of spec.setup.entries()) {
    const texts = client.textsOf(operation);
    const isWrite = leavesOpen(texts, 'value');
    const count = leavesOpen(texts, 'key') ? spec.keys : 1;
    const name = `set-up ${index + 1} of ${spec.setup.length} (${client.describe(operation)})`;
    const perform = async (key: number): Promise<void> => {
      const result = await performAnywhere(
        client,
        operation,
        key,
        isWrite ? sequence.valueOf(sequence.nextWrite()) : '',
      );
      if (result.error !== null) throw failure(name, result, count > 1 ? key : null);
    };
    say(count > 1 ? `${name}: ${count} keys` : name);
    const workers = Math.min(AT_A_TIME, spec.connections, count);
    await forAll(
      count,
      workers,
      perform,
      (done) => say(`${name}: ${done} of ${count} keys`),
      signal,
    );
  }
}

function failure(name: string, { error }: OperationResult, key: number | null): Refusal {
  const which = key === null ? '' : ` for the key ${key}`;
  return new Refusal(
    'setup_failed',
    `The workload was not started: ${name} failed${which}: ${error}.`,
    "Correct the story's `setup`, or what it is done to, and start the workload again.",
  );
}

/** In order, several at a time; after the first error none is begun any more, and it is thrown when the others are back. */
async function forAll(
  count: number,
  workers: number,
  perform: (index: number) => Promise<void>,
  tell: (done: number) => void,
  signal: AbortSignal,
): Promise<void> {
  let next = 0;
  let done = 0;
  let saidAt = performance.now();
  const work = async () => {
    while (next < count) {
      signal.throwIfAborted();
      try {
        await perform(next++);
      } catch (error) {
        next = count;
        throw error;
      }
      done++;
      if (performance.now() - saidAt < SAY_EVERY_MS) continue;
      saidAt = performance.now();
      tell(done);
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: workers }, work));
  const failed = ended.find((each) => each.status === 'rejected');
  if (failed) throw failed.reason;
}
