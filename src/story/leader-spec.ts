/** How the story says who leads a cluster, for `pick: leader`. */
import type { Command } from '../terms/command.ts';

export type LeaderSpec = {
  /** The services of the cluster: one with several instances, or several. */
  of: readonly string[];
} /** A program that prints the leader: a service, `service-number`, a container name or an id. */ & (
  | { ask: 'once'; command: Command }
  /** A program that is run once for each running instance; it ends with 0, and shows what is expected, for the leader alone. */
  | { ask: 'each'; argv: string[]; expect_output: string | null }
);

/** What the program of `each` can be told of the instance: `{{name}}`. */
export const INSTANCE_WORDS = ['name', 'id', 'instance', 'service', 'number'] as const;
export type InstanceWord = (typeof INSTANCE_WORDS)[number];
/** Without one of these it would be asked the same of every instance. */
export const TELLING_WORDS: readonly InstanceWord[] = ['name', 'id', 'instance', 'number'];

const OPEN = /\{\{\s*([^{}]*?)\s*\}\}/g;

/** The words that the program leaves open, also such as nobody knows. */
export function openWords(argv: readonly string[]): string[] {
  return argv.flatMap((word) => [...word.matchAll(OPEN)].map(([, name = '']) => name));
}

/** The program for one instance. */
export function fillIn(argv: readonly string[], words: Record<InstanceWord, string>): string[] {
  return argv.map((each) =>
    each.replaceAll(OPEN, (whole, name: string) =>
      Object.hasOwn(words, name) ? words[name as InstanceWord] : whole,
    ),
  );
}
