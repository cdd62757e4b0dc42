/** What the kinds have that limit what a target may use, or use it up beside it. */
export const RESOURCES = {
  family: 'resources',
  /** They overlap: the strictest limit holds, and loads add up. */
  holds: null,
  on_restart: 'by_how',
  /** Such a fault may starve who would undo it. */
  default_duration_ms: 300_000,
} as const;

export const SHARE_OF =
  'in place of that, as a share of what the target may use, or of its machine where that is all';

/** Exactly one of the two. */
export function checkAmount(
  name: 'cores' | 'size',
  values: Partial<Record<'cores' | 'size' | 'share', unknown>>,
): { param: string; message: string } | null {
  if ((values[name] === undefined) !== (values.share === undefined)) return null;
  return { param: name, message: `expected either ${name} or share` };
}
