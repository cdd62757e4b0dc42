/** The kinds of fault, ours and those of plugins. */
import type { FaultKind } from '../fault/contribution.ts';
import { type FaultKinds, findKind } from '../fault/fault-kind.ts';
import { askCatalogue, type Context } from './context.ts';

/** `kind`: one of them is asked for. Throws Refusal `unknown_kind`. */
export async function listKinds(
  context: Context,
  kind: string | null,
): Promise<{ kinds: FaultKinds; asked: FaultKind | null }> {
  const { kinds } = await askCatalogue(context);
  return { kinds, asked: kind === null ? null : findKind(kinds, kind) };
}
