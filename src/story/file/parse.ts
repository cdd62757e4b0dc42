/**
 * A story file's text becomes a story, or every problem of it at once, each with line, column and a hint.
 * Pure: reads no file and runs nothing that stands in one. The format is `schema.ts`; YAML is `parse-yaml.ts`.
 */
import * as v from 'valibot';
import type { Catalogue } from '../../fault/catalogue.ts';
import type { Problem } from '../../terms/outcomes.ts';
import type { Story } from '../story.ts';
import { checkNamedProbes } from './parse-check-hypothesis.ts';
import { checkStory } from './parse-checks.ts';
import { findingsOf } from './parse-issues.ts';
import { type Finding, pathText } from './parse-place.ts';
import { parseYaml, type YamlFile } from './parse-yaml.ts';
import { EXTENSION_KEY, type StoryOutput, schemaFor } from './schema.ts';
import { nameFrom } from './schema-terms.ts';

/** More than anybody reads; the rest is counted. */
const MAX_PROBLEMS = 100;

/** `path` is the file's, for messages of the caller; relative paths in the story count from `folder`, which is absolute. */
export function parseStory(
  text: string,
  { folder, catalogue }: { path: string; folder: string; catalogue: Catalogue },
): { story: Story } | { problems: Problem[] } {
  const { file, problems: yaml } = parseYaml(text);
  if (!file) return { problems: ordered(yaml) };
  const value = withoutExtensions(file.value);
  const result = v.safeParse(schemaFor(catalogue), value);
  const findings = [
    ...(result.success ? [] : findingsOf(result.issues)),
    ...checkStory(value, catalogue, (path) => file.place(path, 'value')),
    ...(result.success ? checkNamedProbes(result.output) : []),
  ];
  const told = new Set(yaml.map(placeKey));
  const problems = [
    ...yaml,
    ...findings
      .map((finding) => located(finding, file))
      .filter((each) => !told.has(placeKey(each))),
  ];
  if (!result.success || problems.length > 0) return { problems: ordered(problems) };
  return { story: assemble(result.output, folder) };
}

function withoutExtensions(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !EXTENSION_KEY.test(key)));
}

function located({ path, at, message, hint }: Finding, file: YamlFile): Problem {
  return { ...file.place(path, at), path: pathText(path), message, hint };
}

function placeKey({ line, column }: Problem): string {
  return `${line}:${column}`;
}

/** From top to bottom; what stands at one place and says one thing (an anchor that is used often) is said once. */
function ordered(problems: Problem[]): Problem[] {
  const sorted = problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
  const once = [
    ...new Map(
      sorted.toReversed().map((each) => [`${placeKey(each)} ${each.message}`, each]),
    ).values(),
  ].toReversed();
  const last = once[MAX_PROBLEMS];
  if (!last) return once;
  return [
    ...once.slice(0, MAX_PROBLEMS),
    {
      ...last,
      path: '',
      message: `${once.length - MAX_PROBLEMS} more problems from here on`,
      hint: 'Correct the first ones and check again.',
    },
  ];
}

function assemble(output: StoryOutput, folder: string): Story {
  const services = Object.entries(output.services).map(
    ([name, service]) =>
      [name, { ...service, working_dir: absolute(folder, service.working_dir) }] as const,
  );
  const compose = output.compose ?? { files: [], project: null, profiles: [] };
  return {
    name: output.name ?? nameFrom(folder.split('/').at(-1) ?? ''),
    engine: output.engine,
    compose: { ...compose, files: compose.files.map((file) => absolute(folder, file)) },
    swarm: output.swarm ?? { stack: null, context: null, nodes: {} },
    services: Object.fromEntries(services),
    kubernetes: clusterOf(output.kubernetes, folder),
    tools: output.tools ?? { image: null },
    protect: output.protect,
    leader: output.leader,
    blast_radius: output.blast_radius,
    production: output.production,
    workload: placed(output.workload ?? null, folder),
    steady_state: output.steady_state,
    abort_if: output.abort_if,
    metrics: output.metrics ?? null,
    notify: output.notify,
    hooks: output.hooks,
    telemetry: output.telemetry ?? null,
    chapters: output.chapters,
  };
}

function clusterOf(named: StoryOutput['kubernetes'], folder: string): Story['kubernetes'] {
  if (!named) return null;
  const { kubeconfig } = named;
  return { ...named, kubeconfig: kubeconfig === undefined ? null : absolute(folder, kubeconfig) };
}

/** With the files that it names. */
function placed(workload: Story['workload'], folder: string): Story['workload'] {
  if (workload?.kind !== 'http' || !workload.tls?.ca) return workload;
  return { ...workload, tls: { ...workload.tls, ca: absolute(folder, workload.tls.ca) } };
}

/** Without `.`, `..` and doubled slashes; this room has no `node:path`. */
function absolute(folder: string, path: string): string {
  const steps: string[] = [];
  for (const step of (path.startsWith('/') ? path : `${folder}/${path}`).split('/')) {
    if (step === '..') steps.pop();
    else if (step !== '' && step !== '.') steps.push(step);
  }
  return `/${steps.join('/')}`;
}
