/** A probe of a story as one of an experiment. Pure. */
import type { Command } from '../../terms/command.ts';
import type { ExpectedValue } from '../../terms/expected-value.ts';
import { redactText } from '../../terms/redact.ts';
import type { ProbeOf, ProbeSpec } from '../probe-spec.ts';

export type Json = Record<string, unknown>;

/** Name -> where its value comes from. */
export type Secrets = Record<string, { type: 'env'; key: string }>;

interface Target {
  notes: string[];
  /** Is added to. */
  secrets: Secrets;
}

/** Null: it has no counterpart, which is noted. */
export function probeOf(probe: ProbeSpec, target: Target): Json | null {
  const made = madeOf(probe, target);
  if (typeof made !== 'string') return { type: 'probe', name: probe.name, ...made };
  target.notes.push(`The probe "${probe.name}" is left out: ${made}.`);
  return null;
}

export function programOf(command: Command): Json {
  const [path, ...words] = 'argv' in command ? command.argv : ['sh', '-c', command.shell];
  return { type: 'process', path, arguments: words };
}

/** A text says why there is none. */
function madeOf(probe: ProbeSpec, target: Target): Json | string {
  switch (probe.look) {
    case 'http':
      return ofHttp(probe, target);
    case 'command': {
      const { command, expect_output, expect_value, pattern, timeout_ms } = probe;
      const tolerance = toleranceOf('stdout', expect_output, expect_value, pattern) ?? 0;
      if (typeof tolerance === 'string') return tolerance;
      return { tolerance, provider: { ...programOf(command), timeout: timeout_ms / 1000 } };
    }
    case 'tcp': {
      const words = ['-c', `exec 3<>/dev/tcp/${probe.host}/${probe.port}`];
      const provider = { type: 'process', path: 'bash', arguments: words };
      return { tolerance: 0, provider: { ...provider, timeout: probe.timeout_ms / 1000 } };
    }
    case 'container':
    case 'log':
    case 'prometheus':
      return `a look at ${probe.look === 'prometheus' ? 'Prometheus' : `a ${probe.look}`} has no counterpart`;
  }
}

function ofHttp(probe: ProbeOf<'http'>, { secrets }: Target): Json | string {
  const { url, headers, expect_status, expect_body, expect_value, pattern, timeout_ms } = probe;
  if (redactText(url) !== url) return 'its address signs in';
  const tolerance = toleranceOf('body', expect_body, expect_value, pattern);
  if (typeof tolerance === 'string') return tolerance;
  const names = Object.keys(headers);
  // What a header holds may be a secret: it comes from the environment there.
  for (const name of names) secrets[keyOf(name)] = { type: 'env', key: keyOf(name).toUpperCase() };
  const sent = names.map((name) => [name, `\${${keyOf(name)}}`] as const);
  return {
    tolerance: tolerance ?? expect_status ?? { type: 'range', target: 'status', range: [200, 399] },
    provider: {
      type: 'http',
      url,
      ...(names.length > 0 && { headers: Object.fromEntries(sent) }),
      timeout: timeout_ms / 1000,
    },
    ...(names.length > 0 && { secrets: ['gameday'] }),
  };
}

/** Null: none is needed. A text says why there is no such tolerance. */
function toleranceOf(
  target: 'body' | 'stdout',
  text: string | null,
  value: ExpectedValue | null,
  pattern: string | null,
): Json | string | null {
  if (text !== null && value !== null) return 'it has two conditions, and a tolerance is one';
  if (text !== null)
    return { type: 'regex', target, pattern: text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&') };
  if (value === null) return null;
  const { min, max, min_excluded, max_excluded } = value;
  const isRange = min !== null && max !== null && !min_excluded && !max_excluded;
  if (pattern !== null || !isRange) return 'a tolerance has no such number';
  return { type: 'range', target, range: [min, max] };
}

function keyOf(header: string): string {
  return `header_${header.toLowerCase().replaceAll(/[^a-z0-9]/g, '_')}`;
}
