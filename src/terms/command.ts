/** A program that the story names. */

/** A program of the story: an array goes to the system as it is, a string goes through `sh -c` (the story said `shell:`). */
export type Command = { argv: string[] } | { shell: string };
