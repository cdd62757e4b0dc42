/** Random walks on real stacks, several side by side: each worker has a stack of its own, which every walk leaves as it was. */
import fc from 'fast-check';
import { type Step, sequences } from './steps.ts';
import { describeWalk, type WalkStack, walk } from './walk.ts';

export interface Walks {
  make(): Promise<WalkStack | null>;
  /** In all. */
  runs: number;
  workers: number;
  /** Steps of a walk at most. */
  length: number;
  /** A failing walk is made shorter for so long. */
  shrinkMs: number;
  /** As a failure printed it; else drawn. */
  seed?: number;
  /** Of that failure: begins with the walk that failed. */
  path?: string;
  /** After each walk. */
  onWalk?(steps: readonly Step[], tookMs: number, error: unknown): void;
}

/** False where the stack cannot be had here. Throws the first failure, with seed and path, once all workers are done. */
export async function takeWalks(walks: Walks): Promise<boolean> {
  const seed = walks.seed ?? Math.floor(Math.random() * 2 ** 31);
  const share = Math.ceil(walks.runs / walks.workers);
  const work = Array.from({ length: walks.workers }, (_, index) =>
    workOn(walks, seed + index, Math.min(share, walks.runs - index * share)),
  );
  const ends = await Promise.allSettled(work);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return ends.every((end) => end.status === 'fulfilled' && end.value);
}

async function workOn(walks: Walks, seed: number, runs: number): Promise<boolean> {
  let stack = await walks.make();
  if (!stack) return false;
  const arbitrary = sequences(stack, walks.length);
  let failedAt: number | null = null;
  let shortest: { steps: readonly Step[]; error: unknown } | null = null;
  const take = async (steps: readonly Step[]) => {
    // Whatever is left untried counts as well, so that the shrinking ends here.
    if (failedAt !== null && performance.now() - failedAt > walks.shrinkMs) return;
    stack ??= await walks.make();
    const begun = performance.now();
    try {
      await walk(stack as WalkStack, steps);
      walks.onWalk?.(steps, performance.now() - begun, null);
    } catch (error) {
      failedAt ??= performance.now();
      shortest = { steps, error };
      walks.onWalk?.(steps, performance.now() - begun, error);
      const broken = stack;
      stack = null;
      await broken?.cleanup();
      throw error;
    }
  };
  try {
    const path = walks.path === undefined ? {} : { path: walks.path };
    const options = { numRuns: runs, seed, ...path };
    const details = await fc.check(fc.asyncProperty(arbitrary, take), options);
    if (details.failed) throw failure(details, shortest);
    return true;
  } finally {
    await stack?.cleanup();
  }
}

function failure(
  { seed, counterexamplePath }: { seed: number; counterexamplePath: string | null },
  shortest: { steps: readonly Step[]; error: unknown } | null,
): Error {
  const { message, stack } = (shortest?.error ?? new Error('no walk')) as Error;
  const walked = describeWalk(shortest?.steps ?? []);
  const again = `seed ${seed}, path ${counterexamplePath}`;
  const error = new Error(`A walk did not end as it began (${again}):\n${walked}\n${message}`, {
    cause: shortest?.error,
  });
  if (stack) error.stack = `${error.message}\n${stack.split('\n').slice(1).join('\n')}`;
  return error;
}
