/**
 * The driver `pg`, which gameday does not bring along: whoever has a PostgreSQL to load has it already, or installs it.
 * It is looked for where gameday is installed, and then in the story's folder.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type pg from 'pg';
import { Refusal } from '../../terms/outcomes.ts';

export type Driver = typeof pg;

/** `folder`: the story's, absolute. Throws Refusal where there is none. */
export function findDriver(folder: string, own = import.meta.url): Driver {
  for (const from of [own, join(folder, 'gameday.yaml')]) {
    try {
      return createRequire(from)('pg') as Driver;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  throw new Refusal(
    'unsupported_stack',
    'A workload of kind postgres needs the driver pg, which is neither beside gameday nor in the folder of the story.',
    `Install it with \`npm install --prefix ${folder} pg\`.`,
  );
}
