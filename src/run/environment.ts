/** Where a run took place, for whoever reads its report a year later. Null is not known. Pure; holds no secret. */
import * as v from 'valibot';

/** In the run's folder, for what is found out later. */
export const ENVIRONMENT_FILE = 'environment.json';

const text = v.nullable(v.string());

export const EnvironmentSchema = v.object({
  /** The machine that gameday ran on, and the user. */
  host: text,
  user: text,
  /** `linux x64 6.1.0` */
  platform: text,
  node: text,
  /** As it names itself; `api`: the version in which it was asked. */
  engine: v.nullable(v.object({ name: v.string(), version: text, api: text })),
  /** Version of Docker Compose. */
  compose: text,
  /** Of the story's folder. `dirty`: something in it is not committed. */
  git: v.nullable(v.object({ commit: text, dirty: v.nullable(v.boolean()) })),
});
export type Environment = v.InferOutput<typeof EnvironmentSchema>;

/** What takes a program to find out, and so comes after the run has begun. */
export const LateEnvironmentSchema = v.object({
  /** ISO. */
  at: v.string(),
  engine: EnvironmentSchema.entries.engine,
  compose: EnvironmentSchema.entries.compose,
  /** What `git status` said of the folder then. */
  dirty: v.nullable(v.boolean()),
});
export type LateEnvironment = v.InferOutput<typeof LateEnvironmentSchema>;

/** Both together; null where neither is there. */
export function wholeEnvironment(
  early: Environment | null,
  late: LateEnvironment | null,
): Environment | null {
  if (early === null || late === null) return early;
  return {
    ...early,
    engine: late.engine ?? early.engine,
    compose: late.compose ?? early.compose,
    git: early.git && { ...early.git, dirty: late.dirty ?? early.git.dirty },
  };
}
