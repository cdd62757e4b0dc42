/** Whose leader a fault means, how the story says that it is found, and who it is by what the instances answered. Pure. */
import { candidates } from '../fault/candidates.ts';
import { type InstanceRow, label } from '../fault/instance.ts';
import { fillIn, type LeaderSpec } from '../story/leader-spec.ts';
import type { InjectSpec, Story } from '../story/story.ts';
import { Refusal } from '../terms/outcomes.ts';

/**
 * Of each cluster that is meant: how its leader is found. Where no service is named, of the one cluster whose leader the story
 * knows; none of a stack that is not there. Throws Refusal `no_target`.
 */
export function leadersAsked(
  spec: Pick<InjectSpec, 'service' | 'labels'>,
  known: Story['leader'],
  rows: readonly InstanceRow[],
): LeaderSpec[] {
  if (rows.length === 0) return [];
  const isOpen = spec.service === null && spec.labels.length === 0;
  if (isOpen && known.length > 1)
    throw new Refusal(
      'no_target',
      `The story says of ${known.length} clusters how their leaders are found: ${known.map(({ of }) => of.join(', ')).join('; ')}.`,
      'Name a service of the one that is meant.',
    );
  if (isOpen && known.length === 1) return [...known];
  const services = [...new Set(candidates(rows, spec, null).map(({ service }) => service))];
  const missing = services.filter((service) => !known.some(({ of }) => of.includes(service)));
  if (missing.length > 0)
    throw new Refusal(
      'no_target',
      `The story does not say who leads ${missing.join(', ')}.`,
      `Write \`leader: [{ of: [${missing.join(', ')}], command: [...] }]\` in the story, with a program that prints the leader; or name the instance.`,
    );
  return known.filter(({ of }) => services.some((service) => of.includes(service)));
}

/** The program that is run for this instance. */
export function programFor(argv: readonly string[], row: InstanceRow): string[] {
  const { name, id, service, number } = row;
  return fillIn(argv, { name, id, service, number: String(number), instance: label(row) });
}

/** What one instance answered. */
export interface LeaderAnswer {
  row: InstanceRow;
  leads: boolean;
  /** What of the answer says so: `exit code 1`. */
  text: string;
}

/** One alone must say that it leads. `of`: the services of the cluster. Throws Refusal `no_target`, with every answer. */
export function leaderAmong(of: readonly string[], answers: readonly LeaderAnswer[]): InstanceRow {
  const leaders = answers.filter(({ leads }) => leads);
  if (leaders.length === 1) return (leaders[0] as LeaderAnswer).row;
  const cluster = of.join(', ');
  const said = answers.map(({ row, text }) => `${label(row)} (${text})`).join(', ');
  const message =
    answers.length === 0
      ? `No instance of ${cluster} runs that could be asked who leads.`
      : leaders.length === 0
        ? `No instance of ${cluster} leads: ${said}.`
        : `Several instances of ${cluster} say that they lead: ${leaders.map(({ row }) => label(row)).join(', ')}.`;
  throw new Refusal(
    'no_target',
    message,
    'Run the program of `leader:` in the story by hand, or name the instance in the place of the service.',
  );
}
