/** Python functions of the standard library that experiments call, and the programs that do the same. All others are code, and refused. Pure. */
import type { ProcessProvider } from './experiment.ts';

/** By module and name: the program, then the names of the arguments in their order. */
const PROGRAMS: Record<string, { run: readonly string[]; takes: readonly string[] }> = {
  'os.path.exists': { run: ['test', '-e'], takes: ['path'] },
  'os.path.isfile': { run: ['test', '-f'], takes: ['path'] },
  'os.path.isdir': { run: ['test', '-d'], takes: ['path'] },
  'os.rename': { run: ['mv', '--'], takes: ['src', 'dst'] },
  'os.remove': { run: ['rm', '--'], takes: ['path'] },
  'os.unlink': { run: ['rm', '--'], takes: ['path'] },
};

interface Call {
  name: string;
  given: Record<string, unknown>;
}

function callOf(provider: Record<string, unknown>): Call | null {
  const { type, module, func, arguments: given } = provider;
  if (type !== 'python') return null;
  return { name: `${module}.${func}`, given: (given ?? {}) as Record<string, unknown> };
}

/** Null: it is no such function, or its arguments are not what it takes. */
export function pythonAsProcess(provider: Record<string, unknown>): ProcessProvider | null {
  const call = callOf(provider);
  const known = call && PROGRAMS[call.name];
  if (!known) return null;
  const { run, takes } = known;
  const words = takes.flatMap((name) => call.given[name] ?? []).map(String);
  if (words.length !== takes.length || Object.keys(call.given).length !== takes.length) return null;
  const [path = '', ...first] = run;
  return { type: 'process', path, arguments: [...first, ...words] };
}

/** A duration of the story's file; null: it is no `time.sleep`. */
export function pythonAsWait(provider: Record<string, unknown>): string | null {
  const call = callOf(provider);
  if (call?.name !== 'time.sleep') return null;
  const [seconds] = Object.values(call.given);
  return Number(seconds) > 0 ? `${Math.round(Number(seconds) * 1000)}ms` : null;
}
