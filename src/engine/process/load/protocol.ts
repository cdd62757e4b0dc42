/** What the engine and a load beside a process tell each other: the order as arguments, which a person reads in `ps`, and a status file. */

/** Beside the records of the load's command. */
export const STATUS_FILE = 'status.json';

/** Milliseconds between two words of it. */
export const SAY_EVERY_MS = 500;

export interface LoadOrder {
  /** Id of the fault, and label of the target: for who reads them. */
  fault: string;
  beside: string;
  /** Processors that are kept busy. */
  cpus: number;
  /** Bytes that it takes, its own program among them; 0: no more than it needs. */
  memory: number;
  /** Bytes of the machine's memory that are left to the others. */
  reserve: number;
  /** ISO: it ends by itself then. */
  until: string;
}

/** Said for the first time when all that was ordered is taken. */
export interface LoadStatus {
  pid: number;
  /** Processors that it has used since its last word; null: it has not run long enough to tell. */
  cpus: number | null;
  /** Bytes that are in memory. */
  memory: number;
}

export function argumentsOf(order: LoadOrder): string[] {
  return Object.entries(order).flatMap(([name, value]) => [`--${name}`, String(value)]);
}

export function orderOf(words: readonly string[]): LoadOrder {
  const wordOf = (name: keyof LoadOrder) => words[words.indexOf(`--${name}`) + 1] ?? '';
  return {
    fault: wordOf('fault'),
    beside: wordOf('beside'),
    cpus: Number(wordOf('cpus')),
    memory: Number(wordOf('memory')),
    reserve: Number(wordOf('reserve')),
    until: wordOf('until'),
  };
}
