/**
 * The stack's Compose model, as `docker compose config` resolves it: files, overrides, includes, extends, variables.
 * No engine is asked. Lacks on purpose: what runs; that is the engine's to say.
 */
import type { StackModel } from '../../story/draft/draft-stack.ts';
import { askCompose, type Question } from './compose-ask.ts';
import { type Raw, reduceModel } from './compose-reduce.ts';

export interface ModelQuery extends Pick<Question, 'limitMs'> {
  /** Absolute; where `docker compose` is meant to be started. */
  cwd: string;
  /** Empty: as Docker Compose finds its own. */
  files: readonly string[];
  project: string | null;
  profiles: readonly string[];
  /** For tests; ours without it. */
  env?: NodeJS.ProcessEnv;
}

/** Throws as `askCompose` does. */
export async function readComposeModel(query: ModelQuery): Promise<StackModel> {
  const model = await readOnce(query);
  if (model.services.length > 0 || query.profiles.length > 0) return model;
  // Nothing runs without a profile: then all of them are meant.
  const whole = await readOnce({ ...query, profiles: ['*'] });
  return { ...whole, profiles: whole.profiles.toSorted() };
}

async function readOnce(query: ModelQuery): Promise<StackModel> {
  const answer = await askCompose({ ...query, env: query.env ?? process.env });
  const raw = await parseAnswer(answer);
  return { ...reduceModel(raw), profiles: profilesOf(raw, query) };
}

export async function parseAnswer(answer: string): Promise<Raw> {
  if (answer.startsWith('{')) return JSON.parse(answer) as Raw;
  const { parse } = await import('yaml');
  return (parse(answer) ?? {}) as Raw;
}

/** The profiles that were asked for by the star. */
function profilesOf(raw: Raw, query: ModelQuery): string[] {
  if (!query.profiles.includes('*')) return [...query.profiles];
  const services = Object.values((raw.services ?? {}) as Record<string, { profiles?: string[] }>);
  return [...new Set(services.flatMap((service) => service.profiles ?? []))];
}
