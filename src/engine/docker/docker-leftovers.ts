/**
 * What a gameday that was killed left on an engine, of whatever stack: helpers that nobody waits for, and copies that a removal
 * put beside a container. Only what bears labels of ours is looked at, and only what nobody can need is removed.
 */
import { keptNameIn, SPARE_FOR } from './container-copy.ts';
import type { ListedContainer } from './docker-answers.ts';
import type { DockerApi } from './docker-api.ts';
import { isOrphan, removeHelper, type Stray, straysOf } from './docker-helper.ts';

export interface Copy {
  id: string;
  /** Name of the container that can be made anew from it. */
  of: string;
  /** That container is gone, and nothing has its name. */
  isNeeded: boolean;
}

export async function copiesOf(api: DockerApi): Promise<Copy[]> {
  const all = (await api.read<ListedContainer[]>('/containers/json?all=1')) ?? [];
  return all.flatMap((each) => {
    const labels = each.Labels ?? {};
    const [target, of] = [labels[SPARE_FOR], keptNameIn(labels)];
    // One that is being put there just now is its maker's.
    if (!target || of === null || !isOrphan(each)) return [];
    const isThere = all.some(({ Id, Names }) => Id === target || Names?.includes(`/${of}`));
    return [{ id: each.Id, of, isNeeded: !isThere }];
  });
}

/** A helper that still runs does what it was started for, and goes by itself. */
export function isIdle({ state }: Stray): boolean {
  return state !== 'running';
}

/** Resolves to what was removed, for people: `4f5a0c0b1c2d (made for network)`. */
export async function removeLeftovers(api: DockerApi): Promise<string[]> {
  const [strays, copies] = await Promise.all([straysOf(api), copiesOf(api)]);
  const removed: string[] = [];
  for (const { id, purpose } of strays.filter(isIdle)) {
    await removeHelper(api, id);
    removed.push(`${id.slice(0, 12)} (made for ${purpose})`);
  }
  for (const { id, of } of copies.filter(({ isNeeded }) => !isNeeded)) {
    await removeHelper(api, id, { volumes: false }); // They are the other one's as well.
    removed.push(`${id.slice(0, 12)} (a copy of ${of}, which is there again)`);
  }
  return removed;
}
