/** A program that the story names. Pure. */

/** A program of the story: an array goes to the system as it is, a string goes through `sh -c` (the story said `shell:`). */
export type Command = { argv: string[] } | { shell: string };

/** Without its arguments, which may hold a secret. */
export function programName(command: Command): string {
  return 'argv' in command ? (command.argv[0] as string) : 'sh';
}
