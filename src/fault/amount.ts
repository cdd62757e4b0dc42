/** How many of something: a number, or a share of what there is. Pure. */

/** `share`: above 0, at most 1. */
export type Amount = number | { share: number };

const SHARE = /^(\d+(?:\.\d+)?)%$/;

/** `2` or `50%`; null for what is neither, and for none at all. */
export function parseAmount(text: string): Amount | null {
  const percent = SHARE.exec(text)?.[1];
  if (percent !== undefined) {
    const share = Number(percent) / 100;
    return share > 0 && share <= 1 ? { share } : null;
  }
  return /^[1-9]\d*$/.test(text) ? Number(text) : null;
}

/** A share is rounded down, to one at least. */
export function amountOf(amount: Amount, of: number): number {
  return typeof amount === 'number' ? amount : Math.max(1, Math.floor(amount.share * of));
}

/** `2`, `50%`. */
export function formatAmount(amount: Amount): string {
  return typeof amount === 'number' ? String(amount) : `${+(amount.share * 100).toFixed(6)}%`;
}
