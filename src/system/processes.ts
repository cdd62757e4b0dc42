/** Signals to processes that we started. */

/**
 * Sends a signal to every process of a group; 0 sends none and only asks. `group`: the number of a group of its own, as
 * `spawn` makes it with `detached`. False when it has no member any more. A member that may not be signalled (EPERM)
 * counts as one that is there.
 */
export function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
