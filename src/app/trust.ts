/**
 * Whose file is this? What is found by looking upwards, and not asked for by its path, runs code: so it must belong to this user
 * or to root, in a folder that nobody else can put files into. `git` holds it the same way.
 */
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { strangerOf } from '../system/owner.ts';
import { Refusal } from '../terms/outcomes.ts';

const WRITABLE_BY_ALL = 0o002;
/** In such a folder only the owner of a file can replace it. */
const STICKY = 0o1000;

/** Throws Refusal `not_trusted` with the owner's name. `next`: what to type where it is meant all the same. */
export function refuseForeignFile(path: string, next: string): void {
  const foreign = strangerOf(path);
  if (foreign !== null)
    throw refusal(
      `${path} belongs to ${foreign}, and what stands in it would be run as you.`,
      next,
    );
  const folder = dirname(path);
  const { mode } = statSync(folder);
  if ((mode & WRITABLE_BY_ALL) !== 0 && (mode & STICKY) === 0)
    throw refusal(`Everybody may put files into ${folder}, so ${path} is not trusted.`, next);
}

function refusal(message: string, next: string): Refusal {
  return new Refusal('not_trusted', message, next);
}
