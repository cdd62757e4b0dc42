/** An experiment of Chaos Toolkit as a story: the steady state before and after, the method between them, the rollbacks at the end. Pure. */
import * as v from 'valibot';
import { stringify } from 'yaml';
import { slug } from '../file/schema-terms.ts';
import { type Activity, type Experiment, ExperimentSchema } from './experiment.ts';
import {
  type Importing,
  importActivity,
  importProbe,
  nameOf,
  type Yaml,
} from './import-activity.ts';
import { variablesOf } from './words.ts';

const WIDTH = 118;

export interface Imported {
  /** The story's file. */
  text: string;
  name: string;
  /** What is left out, or done in another way. */
  notes: string[];
}

/** Why nothing is imported. */
export interface NotImported {
  /** False: it is something else, or broken. */
  isExperiment: boolean;
  problems: string[];
}

/** `value`: the experiment, as JSON or YAML gives it. */
export function importExperiment(value: unknown): Imported | NotImported {
  const parsed = v.safeParse(ExperimentSchema, value);
  if (!parsed.success) return { isExperiment: false, problems: parsed.issues.map(describeIssue) };
  const experiment = parsed.output;
  const { variables, notes } = variablesOf(experiment.configuration, experiment.secrets);
  const hypothesis = experiment['steady-state-hypothesis'];
  const activities = [...(hypothesis?.probes ?? []), ...experiment.method, ...experiment.rollbacks];
  const named = new Map(
    activities.flatMap((each) => (each.name ? [[each.name, each] as const] : [])),
  );
  const importing: Importing = { variables, named, problems: [], notes };
  noteControls(experiment, activities, notes);
  const probes = (hypothesis?.probes ?? [])
    .map((each) => importProbe(each, importing))
    .filter((probe) => probe !== null);
  const method = experiment.method.flatMap((each) => importActivity(each, importing));
  const rollbacks = experiment.rollbacks.flatMap((each) => importActivity(each, importing));
  if (importing.problems.length > 0) return { isExperiment: true, problems: importing.problems };
  if (rollbacks.length > 0)
    notes.push(
      'Rollbacks are the last chapter: they run when it is entered, not when the method fails.',
    );
  const name =
    slug(experiment.title)
      .replaceAll(/[^A-Za-z0-9._-]/g, '')
      .slice(0, 63) || 'experiment';
  const story = {
    name,
    ...(probes.length > 0 && { steady_state: unique(probes).map((probe) => ({ probe })) }),
    chapters: chaptersOf(experiment, probes, method, rollbacks),
  };
  const head = notes.map((note) => `# ${note}\n`).join('');
  return { text: `${head}${stringify(story, { lineWidth: WIDTH })}`, name, notes };
}

function describeIssue(issue: v.InferIssue<typeof ExperimentSchema>): string {
  const { expected, received } = issue;
  const path = v.getDotPath(issue);
  if (path === null) return `expected a mapping, got ${received}`;
  return received === 'undefined'
    ? `"${path}" is missing`
    : `${path}: expected ${(expected ?? 'something else').toLowerCase()}, got ${received}`;
}

function chaptersOf(
  experiment: Experiment,
  probes: Yaml[],
  method: Yaml[],
  rollbacks: Yaml[],
): Yaml[] {
  const { title, description } = experiment;
  const checks = probes.map((probe) => ({ probe }));
  const hypothesis = experiment['steady-state-hypothesis']?.title ?? 'Steady state';
  const chapter = (heading: string, actions: Yaml[], more: Yaml = {}) =>
    actions.length === 0 ? [] : [{ title: heading, ...more, on_enter: actions }];
  return [
    { title, ...(description.trim() !== '' && { narration: description.trim() }) },
    ...chapter(`Before: ${hypothesis}`, checks),
    ...chapter('Method', method, { blocks_advance: true }),
    ...chapter(`After: ${hypothesis}`, checks),
    ...chapter('Rollbacks', rollbacks),
  ];
}

/** Names of the steady state differ. */
function unique(probes: readonly Yaml[]): Yaml[] {
  const counts = new Map<unknown, number>();
  return probes.map((probe) => {
    const count = (counts.get(probe.name) ?? 0) + 1;
    counts.set(probe.name, count);
    return count === 1 ? probe : { ...probe, name: `${String(probe.name)} ${count}` };
  });
}

function noteControls(
  { controls }: Experiment,
  activities: readonly Activity[],
  notes: string[],
): void {
  const all = [
    ...controls.map(({ name }) => `${name ?? 'one without a name'}`),
    ...activities.flatMap((activity) =>
      (activity.controls ?? []).map(({ name }) => `${name ?? 'one'} of "${nameOf(activity)}"`),
    ),
  ];
  if (all.length > 0)
    notes.push(`Controls are code of Chaos Toolkit's own, and left out: ${all.join(', ')}.`);
}
