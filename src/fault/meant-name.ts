/** What somebody meant who typed a name that no service and no instance has. Pure. */
import { closest } from '../terms/closest.ts';
import { type InstanceRow, label } from './instance.ts';

/** As an engine shows ids in short. */
const SHORT_ID = 12;

export interface Meant {
  /** To be typed instead; null: nothing comes near. */
  name: string | null;
  /** What is wrong with the name, in a sentence. */
  why: string;
  /** The next thing to do. */
  next: string;
}

/** Names and ids as `docker ps` has them are told as the instance, and patterns, as other tools take them, as what they are. */
export function meantName(wanted: string, rows: readonly InstanceRow[]): Meant {
  const services = [...new Set(rows.map(({ service }) => service))];
  const own = rows.find(
    ({ id, name }) => name === wanted || (wanted.length >= SHORT_ID && id.startsWith(wanted)),
  );
  const name = own ? label(own) : closest(wanted, [...services, ...rows.map(label)]);
  const why = `No service is called "${wanted}"; there are ${services.join(', ')}.`;
  if (name !== null) return { name, why, next: `Did you mean \`${name}\`?` };
  const next = /[*?^$[\]|\\]|^re2?:/.test(wanted)
    ? 'A name is no pattern: write several with commas, or none for any.'
    : 'Name one of them, or none for any.';
  return { name, why, next };
}
