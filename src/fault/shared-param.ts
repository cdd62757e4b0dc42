/** A parameter as a flag of all kinds, and as a key of every injection: several kinds may have one of the name, each its own. Pure. */
import type { Param } from './contribution.ts';
import type { FaultKinds } from './fault-kind.ts';

export interface SharedParam {
  /** Of the first kind that has it. */
  family: string;
  /** What it is for which kinds: `loss, http: ...; cpu: ...`. */
  help: string;
  example: string;
  /** Every word that is one for some kind; null: it is not chosen from words, for one kind at least. */
  values: string[] | null;
}

/** `name`: of a parameter that at least one of the kinds has. */
export function sharedParam(kinds: FaultKinds, name: string): SharedParam {
  const owners = kinds.filter(({ params }) => Object.hasOwn(params, name));
  const of = ({ params }: FaultKinds[number]) => params[name] as Param;
  const byHelp = Map.groupBy(owners, (row) => of(row).help);
  const [first] = owners as [FaultKinds[number]];
  return {
    family: first.family,
    help: [...byHelp]
      .map(([help, rows]) => `${rows.map(({ kind }) => kind).join(', ')}: ${help}`)
      .join('; '),
    example: of(first).example,
    values: owners.every((row) => of(row).values)
      ? [...new Set(owners.flatMap((row) => of(row).values ?? []))]
      : null,
  };
}
