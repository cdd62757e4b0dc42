/** What the claims of all engines have in common: whose one is, as one text that any machine can tell its own by. Pure. */
import { Refusal } from '../terms/outcomes.ts';
import type { Claimant } from './engine.ts';

/** What stands on the engine of a claim. */
export interface Held {
  holder: string;
  /** As the engine has it; null: it does not say. */
  since: string | null;
  /** Epoch milliseconds of the engine's clock; Infinity: it has no end. */
  endMs: number;
}

export function holderOf({ run, who }: Claimant): string {
  return `${who}, run ${run}`;
}

/** The same run, whoever continues it and where; or another one of the same folder, which was killed before it let go. */
export function isHeldBy(holder: string, { run, who }: Claimant): boolean {
  return holder.endsWith(`, run ${run}`) || holder.startsWith(`${who}, run `);
}

/** `what` is claimed, as in "has …"; `command` takes a claim away whose machine is lost. */
export function claimed(what: string, held: Held, command: string): Refusal {
  const { holder, since } = held;
  return new Refusal(
    'stack_claimed',
    `Another game day has ${what}: ${holder}, since ${since ?? 'nobody knows when'}${sayUntil(held)}.`,
    `Have it recover there (\`fault recover\`, \`workload stop\`). If its machine is lost, see what it has broken, then: ${command}`,
  );
}

/** After other words; empty where it has no end. */
export function sayUntil({ endMs }: Held): string {
  return Number.isFinite(endMs) ? `, until ${new Date(endMs).toISOString()} at most` : '';
}
