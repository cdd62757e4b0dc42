/** A fault of a story as the arguments of `fault inject`. Pure. */
import * as v from 'valibot';
import { formatAmount } from '../../fault/amount.ts';
import type { Param } from '../../fault/contribution.ts';
import type { FaultKinds } from '../../fault/fault-kind.ts';
import type { Every } from '../../terms/every.ts';
import type { InjectSpec } from '../story.ts';

/** A text says why it cannot be written so. */
export function injectArguments(spec: InjectSpec, kinds: FaultKinds): string[] | string {
  const { kind, service, pick, count, exclude, overrule, seed, duration_ms, params, repeat } = spec;
  if (pick.by === 'command') return 'its target is picked by a program of the story';
  const row = kinds.find((each) => each.kind === kind);
  const written: string[] = [];
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined || value === null) continue;
    const text = writtenAs(row?.params[name] as Param | undefined, value);
    if (text === null) return `its ${name} cannot be written as a flag`;
    written.push(`--${name}`, text);
  }
  return [
    kind,
    ...(service === null ? [] : [[service].flat().join(',')]),
    ...(pick.by === 'all' ? ['--all'] : ['--pick', pick.by, '--count', formatAmount(count)]),
    ...exclude.flatMap((name) => ['--exclude', name]),
    ...overrule.flatMap((name) => ['--overrule', name]),
    ...(seed === null ? [] : ['--seed', String(seed)]),
    ...(duration_ms === null ? [] : ['--duration', `${duration_ms}ms`]),
    ...(repeat ? ['--every', everyArgument(repeat), '--for', `${repeat.for_ms}ms`] : []),
    ...written,
    '--countdown',
    '0',
    '--yes',
  ];
}

function everyArgument({ every_ms, jitter_ms }: Every): string {
  return jitter_ms === 0 ? `${every_ms}ms` : `${every_ms}ms+-${jitter_ms}ms`;
}

/** The text that reads back as the value, whatever the unit of the parameter is. */
function writtenAs(param: Param | undefined, value: unknown): string | null {
  if (!param) return null;
  const texts = [
    String(value),
    ...['ms', 'b', 'bit'].map((unit) => `${String(value)}${unit}`),
    `${Number(value) * 100}%`,
  ];
  const isSame = (text: string) => {
    const read = v.safeParse(param.schema as v.GenericSchema, text);
    return read.success && JSON.stringify(read.output) === JSON.stringify(value);
  };
  return texts.find(isSame) ?? null;
}
