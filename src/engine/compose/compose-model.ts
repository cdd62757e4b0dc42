/**
 * The stack's Compose model, as `docker compose config` resolves it: files, overrides, includes, extends, variables.
 * Where Docker Compose is not at hand, the files are read by ourselves (`compose-yaml.ts`), and the model says so.
 * No engine is asked. Lacks on purpose: what runs; that is the engine's to say.
 */
import type { IDockerComposeOptions, IDockerComposeResult } from 'docker-compose';
import type { StackModel } from '../../story/draft/draft-stack.ts';
import { formatDuration } from '../../terms/duration.ts';
import { Refusal } from '../../terms/outcomes.ts';
import { type Raw, reduceModel } from './compose-reduce.ts';

export interface ModelQuery {
  /** Absolute; where `docker compose` is meant to be started. */
  cwd: string;
  /** Empty: as Docker Compose finds its own. */
  files: string[];
  project: string | null;
  profiles: string[];
  /** For tests; ours without it. */
  env?: NodeJS.ProcessEnv;
}

const LIMIT_MS = 30_000;
/** No engine is needed to read a model, but the docker program waits for one that hangs. So it is shown none. */
const NO_ENGINE = 'unix:///var/empty/gameday-asks-no-engine.sock';

/** What there may be, in order. The last one is v1, which prints YAML and knows no other format. */
const WAYS: readonly Pick<IDockerComposeOptions, 'executable' | 'commandOptions'>[] = [
  { commandOptions: ['--format', 'json'] },
  { commandOptions: ['--format', 'json'], executable: { standalone: true } },
  { executable: { standalone: true } },
];

/** Throws Refusal `unsupported_stack` with what Docker Compose said of the files, or `engine_unreachable` where it does not answer. */
export async function readComposeModel(query: ModelQuery): Promise<StackModel> {
  const model = await readWith(query);
  if (model.services.length > 0 || query.profiles.length > 0) return model;
  // Nothing runs without a profile: then all of them are meant.
  const whole = await readWith({ ...query, profiles: ['*'] });
  return { ...whole, profiles: whole.profiles.toSorted() };
}

async function readWith(query: ModelQuery): Promise<StackModel> {
  for (const way of WAYS) {
    const answer = await ask(query, way);
    if (answer === null) continue;
    const raw = answer.startsWith('{') ? (JSON.parse(answer) as Raw) : await parseYaml(answer);
    return { ...reduceModel(raw, ''), profiles: profilesOf(raw, query), notes: [] };
  }
  const { readComposeYaml } = await import('./compose-yaml.ts');
  const { raw, name } = await readComposeYaml(query);
  const notes = [
    'Docker Compose was not found on this machine, so its files were read as they stand.',
  ];
  return { ...reduceModel(raw, name), profiles: profilesOf(raw, query), notes };
}

/** The profiles that were asked for by the star. */
function profilesOf(raw: Raw, query: ModelQuery): string[] {
  if (!query.profiles.includes('*')) return query.profiles;
  const services = Object.values((raw.services ?? {}) as Record<string, { profiles?: string[] }>);
  return [...new Set(services.flatMap((service) => service.profiles ?? []))];
}

/** What it printed; null where this way does not exist here. */
async function ask(query: ModelQuery, way: (typeof WAYS)[number]): Promise<string | null> {
  const { default: compose } = await import('docker-compose');
  const { DOCKER_CONTEXT: _context, DOCKER_TLS_VERIFY: _tls, ...env } = query.env ?? process.env;
  const asked = compose.execCompose('config', [], {
    ...way,
    cwd: query.cwd,
    config: query.files,
    composeOptions: [
      ...(query.project ? [['-p', query.project]] : []),
      ...query.profiles.map((profile) => ['--profile', profile]),
    ],
    env: { ...env, DOCKER_HOST: NO_ENGINE },
  });
  try {
    return (await inTime(asked)).out;
  } catch (error) {
    if (error instanceof Refusal) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    const { err } = error as Partial<IDockerComposeResult>;
    if (err === undefined)
      throw new Refusal(
        'unsupported_stack',
        `Docker Compose cannot be started: ${(error as Error).message}.`,
        'story doctor',
        [],
        { cause: error },
      );
    if (isMissing(err)) return null;
    throw new Refusal(
      'unsupported_stack',
      `Docker Compose cannot read the stack: ${said(err)}.`,
      'Fix that first; `docker compose config` shows the same.',
    );
  }
}

/** The child cannot be ended through the library; it goes when its own time-outs are over, or with Ctrl-C. */
async function inTime(asked: Promise<IDockerComposeResult>): Promise<IDockerComposeResult> {
  const late = Promise.withResolvers<never>();
  const message = `\`docker compose config\` gave no answer within ${formatDuration(LIMIT_MS)}.`;
  const timer = setTimeout(
    () => late.reject(new Refusal('engine_unreachable', message, 'Try it by hand, then again.')),
    LIMIT_MS,
  );
  try {
    return await Promise.race([asked, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** A docker program without the plugin takes our words for its own; v1 knows no `--format`. */
function isMissing(stderr: string): boolean {
  return /is not a docker command|unknown command: docker compose|See 'docker(?: --help)?'|unknown shorthand flag|^Usage: +docker \[OPTIONS\] COMMAND|^Usage: config/m.test(
    stderr,
  );
}

/** The message without warnings and blank lines, as the middle of a sentence. */
function said(stderr: string): string {
  const lines = stderr
    .split('\n')
    .filter((line) => line.trim() !== '' && !/level=(?:warning|info|debug)/.test(line));
  return lines.slice(-3).join('; ').trim().replace(/\.$/, '') || 'it gave no reason';
}

async function parseYaml(text: string): Promise<Raw> {
  const { parse } = await import('yaml');
  return (parse(text) ?? {}) as Raw;
}
