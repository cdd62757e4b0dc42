/** Kinds of fault that a story names and this gameday does not know, as stand-ins: for whoever reads a story to recover, and injects nothing. Pure. */
import * as v from 'valibot';
import type { Catalogue } from '../../fault/catalogue.ts';
import type { FaultKind, Params } from '../../fault/contribution.ts';
import { defineKind } from '../../fault/fault-kind.ts';
import { parseYaml } from './parse-yaml.ts';
import { INJECT_KEYS } from './schema-inject.ts';

/** With one for each unknown kind; its parameters are what stands beside it. */
export function withUnknownKinds(text: string, catalogue: Catalogue): Catalogue {
  const { file } = parseYaml(text);
  const kinds = [...catalogue.kinds];
  for (const { kind, keys } of file ? injectsIn(file.value) : [])
    if (!kinds.some((row) => row.kind === kind)) kinds.push(standIn(kind, keys));
  return { ...catalogue, kinds };
}

function standIn(kind: string, keys: string[]): FaultKind {
  const any = { help: 'unknown', example: '', schema: v.optional(v.any()) };
  const params: Params = Object.fromEntries(
    keys.filter((key) => !INJECT_KEYS.includes(key)).map((key) => [key, any]),
  );
  return defineKind({
    kind,
    family: 'unknown',
    summary: 'a kind that this gameday does not know',
    words: { doing: kind, done: kind, undo: 'undo' },
    params,
    holds: null,
    on_restart: 'ends',
    default_duration_ms: null,
    effect: () => ({ on: kind }),
  });
}

function injectsIn(value: unknown): { kind: string; keys: string[] }[] {
  if (Array.isArray(value)) return value.flatMap(injectsIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => {
    const kind = key === 'inject' && (each as { kind?: unknown } | null)?.kind;
    return typeof kind === 'string' ? { kind, keys: Object.keys(each as object) } : injectsIn(each);
  });
}
