/**
 * After the host's `autocomplete` has written its completion, ours is added to it. oclif loads this file after every command
 * of the host, so it imports nothing, and what it needs only where it acts. `autocomplete:create` is what the host runs by
 * itself when a plugin is installed or removed: it writes its files anew, without our part.
 */
import type { Hook } from '@oclif/core/interfaces';

const hook: Hook.Postrun = async ({ Command, config }) => {
  if (Command.id !== 'autocomplete' && Command.id !== 'autocomplete:create') return;
  const { addToAutocomplete } = await import('./autocomplete.ts');
  addToAutocomplete(config);
};

export default hook;
