/** Activities of an experiment as probes and actions of a story, as its file has them. What has no counterpart is a problem, by name. Pure. */
import * as v from 'valibot';
import {
  type Activity,
  type HttpProvider,
  HttpProviderSchema,
  type ProcessProvider,
  ProcessProviderSchema,
} from './experiment.ts';
import { curlProgram, type Program, processProgram } from './programs.ts';
import { pythonAsProcess, pythonAsWait } from './python.ts';
import { type Checked, checkOf } from './tolerance.ts';
import { constant, UnknownVariable, type Variables } from './words.ts';

/** As YAML has it in a story. */
export type Yaml = Record<string, unknown>;

export interface Importing {
  variables: Variables;
  /** By name, for `ref`. */
  named: ReadonlyMap<string, Activity>;
  /** What has no counterpart: nothing is imported then. */
  problems: string[];
  /** What is left out, or done in another way. */
  notes: string[];
}

/** A probe with its tolerance. Null: it has become a problem. */
export function importProbe(activity: Activity, importing: Importing): Yaml | null {
  return attempt(activity, importing, (found, name) => {
    const { provider } = found;
    const timeout = timeoutOf(provider);
    if (provider.type === 'http') {
      const { check } = toleranceOf(activity.tolerance ?? found.tolerance, ['body']);
      const native = nativeHttp(provider, check, importing.variables);
      return { ...(native ?? shellHttp(provider, check, importing.variables)), name, ...timeout };
    }
    const tolerance = exitOf(found.original, activity.tolerance ?? found.tolerance);
    const { check } = toleranceOf(tolerance, ['stdout', 'stderr']);
    return { ...commandProbe(provider, check, tolerance, importing.variables), name, ...timeout };
  });
}

/** What an activity of the method does, with its pauses. */
export function importActivity(written: Activity, importing: Importing): Yaml[] {
  const activity = (written.ref && importing.named.get(written.ref)) || written;
  const pauses = activity.pauses ?? {};
  const pause = (length: unknown) => {
    const seconds =
      length === undefined ? null : Number(constant(String(length), importing.variables));
    return seconds === null || !(seconds > 0) ? [] : [{ wait: `${Math.round(seconds * 1000)}ms` }];
  };
  if (activity.background)
    importing.notes.push(
      `"${nameOf(activity)}" runs in the background there, and is waited for here.`,
    );
  const sleep = pythonAsWait(activity.provider ?? {});
  if (sleep !== null) return [...pause(pauses.before), { wait: sleep }, ...pause(pauses.after)];
  const done =
    activity.type === 'probe' && activity.tolerance !== undefined
      ? wrap('probe', importProbe(activity, importing))
      : wrap('run', importRun(activity, importing));
  return [...pause(pauses.before), ...done, ...pause(pauses.after)];
}

function wrap(key: 'probe' | 'run', value: Yaml | null): Yaml[] {
  return value === null ? [] : [{ [key]: value }];
}

/** Its result is not judged there: neither an exit code nor a status is an error. */
function importRun(activity: Activity, importing: Importing): Yaml | null {
  return attempt(activity, importing, ({ provider }) => {
    const { variables } = importing;
    const program =
      provider.type === 'http'
        ? curlProgram(provider, variables)
        : processProgram(provider, variables);
    const timeout = timeoutOf(provider);
    if (activity.type === 'probe') return { shell: `${program.line} || true`, ...timeout };
    return { ...asCommand(program), ...timeout };
  });
}

type Found = {
  provider: HttpProvider | ProcessProvider;
  tolerance: unknown;
  /** As the experiment has it. */
  original: Activity;
};

function attempt(
  activity: Activity,
  { problems, named }: Importing,
  make: (found: Found, name: string) => Yaml,
): Yaml | null {
  const name = nameOf(activity);
  try {
    const meant = activity.ref === undefined ? activity : named.get(activity.ref);
    if (!meant) throw new Error('it refers to an activity that is not there');
    const { tolerance } = meant;
    return make({ provider: providerOf(meant), tolerance, original: meant }, name);
  } catch (error) {
    const { message } = error as Error;
    const why = error instanceof UnknownVariable ? `nothing says what \${${message}} is` : message;
    problems.push(`"${name}": ${why}`);
    return null;
  }
}

function providerOf({ provider }: Activity): HttpProvider | ProcessProvider {
  if (!provider) throw new Error('it has no provider');
  const own = pythonAsProcess(provider);
  if (own) return own;
  const schema =
    provider.type === 'http'
      ? HttpProviderSchema
      : provider.type === 'process'
        ? ProcessProviderSchema
        : null;
  if (schema === null) {
    const { module = '', func = '' } = provider as { module?: unknown; func?: unknown };
    const what =
      provider.type === 'python'
        ? `the Python function ${String(module)}.${String(func)}`
        : `a provider of the type ${provider.type}`;
    throw new Error(`${what} has no counterpart here`);
  }
  const parsed = v.safeParse(schema, provider);
  if (parsed.success) return parsed.output;
  throw new Error(`its provider: ${parsed.issues[0].message}`);
}

/** What a function answers is a yes or a no; of the program that stands for it that is the exit code. */
function exitOf({ provider }: Activity, tolerance: unknown): unknown {
  if (provider?.type !== 'python' || typeof tolerance !== 'boolean') return tolerance;
  return tolerance ? 0 : 1;
}

function toleranceOf(tolerance: unknown, texts: readonly string[]): { check: Checked } {
  const found = checkOf(tolerance, texts);
  if ('problem' in found) throw new Error(found.problem);
  return found;
}

/** By our own look over HTTP; null: it cannot say this. */
function nativeHttp(provider: HttpProvider, check: Checked, variables: Variables): Yaml | null {
  const url = constant(provider.url, variables);
  const headers = Object.entries(provider.headers).map(
    ([name, value]) => [name, constant(String(value), variables)] as const,
  );
  const isPlain =
    provider.method.toUpperCase() === 'GET' && !provider.arguments && provider.verify_tls;
  if (!isPlain || url === null || headers.some(([, value]) => value === null)) return null;
  const sent = headers.length > 0 ? { headers: Object.fromEntries(headers) } : {};
  if (check.of === 'range') return { http: url, ...sent, expect_value: between(check.between) };
  const single = /^case "\$status" in (\d+)\) ;;/.exec(check.test);
  return single ? { http: url, ...sent, expect_status: Number(single[1]) } : null;
}

function shellHttp(provider: HttpProvider, check: Checked, variables: Variables): Yaml {
  if (check.of === 'range')
    return { shell: curlProgram(provider, variables).line, expect_value: between(check.between) };
  if (check.of === 'output')
    return { shell: `output=$(${curlProgram(provider, variables).line}); ${check.test}` };
  const asked = curlProgram(provider, variables, ['-o', '/dev/null', '-w', '%{http_code}']);
  return { shell: `status=$(${asked.line}); ${check.test}` };
}

function commandProbe(
  provider: ProcessProvider,
  check: Checked,
  tolerance: unknown,
  variables: Variables,
): Yaml {
  const program = processProgram(provider, variables);
  if (check.of === 'range') return { ...asCommand(program), expect_value: between(check.between) };
  if (tolerance === 0) return asCommand(program);
  if (check.of === 'status') return { shell: `${program.line}; status=$?; ${check.test}` };
  const { target } = tolerance as { target?: unknown };
  const redirected = target === 'stderr' ? `${program.line} 2>&1 >/dev/null` : program.line;
  return { shell: `output=$(${redirected}); ${check.test}` };
}

function asCommand({ argv, line }: Program): Yaml {
  return argv === null ? { shell: line } : { command: argv };
}

function between([low, high]: [number, number]): string {
  return `between ${low} and ${high}`;
}

function timeoutOf({ timeout }: HttpProvider | ProcessProvider): Yaml {
  const seconds = Number(Array.isArray(timeout) ? timeout.at(-1) : timeout);
  return seconds > 0 ? { timeout: `${Math.round(seconds * 1000)}ms` } : {};
}

export function nameOf({ name, ref }: Activity): string {
  return name ?? ref ?? 'an activity without a name';
}
