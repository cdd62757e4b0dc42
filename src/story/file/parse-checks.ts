/**
 * What no single value of a story can tell: ids that stand twice, services that do not exist, settings that mean
 * nothing beside others. Works on the file's values as they are, also where the schema has complaints about some.
 */
import type { Finding, Path, Place } from './parse-place.ts';
import { didYouMean } from './schema-messages.ts';
import { slug } from './schema-terms.ts';

type Look = (path: Path) => Place;
type Values = Record<string, unknown>;

/** `placeOf`: of a value by its path. */
export function checkStory(value: unknown, placeOf: Look): Finding[] {
  const story = asValues(value);
  return [
    ...checkChapters(story, placeOf),
    ...checkEngine(story),
    ...checkPorts(story),
    ...checkReferences(story),
    ...checkActions(story),
    ...checkSteadyState(story),
    ...checkAbortIf(story),
  ];
}

function checkChapters(story: Values, placeOf: Look): Finding[] {
  const findings: Finding[] = [];
  const first = new Map<string, { path: Path; index: number }>();
  for (const [index, raw] of asList(story.chapters).entries()) {
    const { id, title } = asValues(raw);
    const key = id === undefined ? 'title' : 'id';
    const written = id ?? title;
    if (typeof written !== 'string' || written.trim() === '') continue;
    const path = ['chapters', index, key];
    const name = key === 'id' ? written : slug(written);
    const before = first.get(name);
    if (name === '')
      findings.push(
        say(
          path,
          `no id can be made from the title ${JSON.stringify(written)}`,
          `Write \`id: chapter-${index + 1}\` beside it.`,
        ),
      );
    else if (before) {
      const place = placeOf(before.path);
      const message = `the chapter id "${name}" is taken by chapters[${before.index}] on line ${place.line}, column ${place.column}`;
      findings.push(
        say(path, message, `Give one of them an \`id:\` of its own, such as ${name}-2.`),
      );
    } else first.set(name, { path, index });
  }
  return findings;
}

function checkEngine(story: Values): Finding[] {
  const services = story.services;
  if (story.engine === 'process') {
    const findings: Finding[] = [];
    if (services === undefined || (isValues(services) && Object.keys(services).length === 0)) {
      findings.push(
        say(
          services === undefined ? ['engine'] : ['services'],
          'engine: process needs services to start',
          'Write `services: { api: { command: [node, api.js] } }`.',
        ),
      );
    }
    if (story.compose !== undefined)
      findings.push(
        sayKey(
          ['compose'],
          '"compose" means nothing with engine: process',
          'Take it out, or write `engine: compose`.',
        ),
      );
    return findings;
  }
  if (services === undefined || (story.engine !== undefined && story.engine !== 'compose'))
    return [];
  return [
    sayKey(
      ['services'],
      '"services" means nothing with engine: compose, whose Compose files name them',
      'Write `engine: process`, or take it out.',
    ),
  ];
}

function checkPorts(story: Values): Finding[] {
  const findings: Finding[] = [];
  const taken: { name: string; from: number; to: number }[] = [];
  for (const [name, raw] of Object.entries(asValues(story.services))) {
    const { port, replicas = 1, health } = asValues(raw);
    const path = ['services', name];
    if (health !== undefined && port === undefined)
      findings.push(
        sayKey(
          [...path, 'health'],
          'a health check needs a port to look at',
          'Write `port: 8081` beside it.',
        ),
      );
    if (typeof port !== 'number' || typeof replicas !== 'number') continue;
    const to = port + replicas - 1;
    if (port <= 65_535 && to > 65_535)
      findings.push(
        say(
          [...path, 'port'],
          `${replicas} replicas from port ${port} on end at ${to}; the last port is 65535`,
          null,
        ),
      );
    const other = taken.find((each) => each.from <= to && port <= each.to);
    if (other)
      findings.push(
        say(
          [...path, 'port'],
          `${ports(port, to)} and ${ports(other.from, other.to)} of ${other.name} overlap`,
          'The replicas of a service count up from its port.',
        ),
      );
    taken.push({ name, from: port, to });
  }
  return findings;
}

function ports(from: number, to: number): string {
  return from === to ? `port ${from}` : `ports ${from} to ${to}`;
}

/** Services that faults, probes and `protect` name. Only the process engine's are known from the story alone. */
function checkReferences(story: Values): Finding[] {
  if (story.engine !== 'process' || !isValues(story.services)) return [];
  const services = story.services;
  const names = Object.keys(services);
  const instances = names.flatMap((name) => {
    const { replicas = 1 } = asValues(services[name]);
    return Array.from(
      { length: typeof replicas === 'number' ? Math.min(replicas, 100) : 1 },
      (_, index) => `${name}-${index + 1}`,
    );
  });
  const findings: Finding[] = [];
  const check = (path: Path, name: unknown, alsoInstances: boolean) => {
    if (
      typeof name !== 'string' ||
      names.includes(name) ||
      (alsoInstances && instances.includes(name))
    )
      return;
    const hint = instances.includes(name)
      ? 'One instance cannot be named here; name its service.'
      : didYouMean(name, names);
    findings.push(say(path, `no service is called "${name}"`, hint));
  };
  const checkProbe = (path: Path, probe: unknown) => {
    for (const look of ['container', 'log']) {
      const name = asValues(probe)[look];
      if (name !== 'all') check([...path, 'probe', look], name, false);
    }
  };
  for (const [index, name] of asList(story.protect).entries())
    check(['protect', index], name, false);
  for (const { path, action } of actionsOf(story)) {
    check([...path, 'inject', 'service'], asValues(action.inject).service, true);
    checkProbe(path, action.probe);
  }
  for (const [index, item] of asList(story.steady_state).entries())
    checkProbe(['steady_state', index], asValues(item).probe);
  return findings;
}

function checkActions(story: Values): Finding[] {
  const findings: Finding[] = [];
  for (const { path, action } of actionsOf(story)) {
    if (action.workload === 'start' && story.workload === undefined) {
      findings.push(
        say(
          [...path, 'workload'],
          'the story has no workload to start',
          'Write `workload: { kind: http, url: ... }` at the top of the story.',
        ),
      );
    }
    const inject = asValues(action.inject);
    for (const key of ['count', 'seed'] as const) {
      if (inject[key] === undefined || !(inject.pick === 'all' || isValues(inject.pick))) continue;
      findings.push(
        sayKey(
          [...path, 'inject', key],
          `"${key}" means nothing unless the pick is random`,
          'Take it out, or write `pick: random`.',
        ),
      );
    }
  }
  return findings;
}

/** What can be said only once. */
function checkSteadyState(story: Values): Finding[] {
  const items = asList(story.steady_state).map(asValues);
  const twice = ['recover_within', 'objective'].flatMap((key) => {
    const given = items.flatMap((item, index) => (item[key] === undefined ? [] : index));
    return given
      .slice(1)
      .map((index) =>
        sayKey(
          ['steady_state', index, key],
          `${key} stands in steady_state[${given[0]}] already`,
          'Take one of them out.',
        ),
      );
  });
  const since =
    '"since" means nothing here: in the steady state, the lines since the look before count';
  const probes = items.flatMap(({ probe }, index) =>
    asValues(probe).since === undefined
      ? []
      : sayKey(['steady_state', index, 'probe', 'since'], since, 'Take it out.'),
  );
  return [...probes, ...twice];
}

/** A condition on what nobody measures would guard nothing, and say so to nobody. */
function checkAbortIf(story: Values): Finding[] {
  const { kind } = asValues(story.workload);
  if (story.workload !== undefined && kind !== 'simulated') return [];
  const why =
    kind === 'simulated' ? 'a simulated workload measures nothing' : 'the story has no workload';
  return asList(story.abort_if).flatMap((item, index) => {
    const key = ['throughput', 'errors', 'p99'].find((each) => asValues(item)[each] !== undefined);
    return key
      ? [
          sayKey(
            ['abort_if', index, key],
            `${why}, so that this can never hold`,
            'Write a `workload:` that is measured, such as kind: http.',
          ),
        ]
      : [];
  });
}

function* actionsOf(story: Values): Generator<{ path: Path; action: Values }> {
  for (const [chapter, raw] of asList(story.chapters).entries()) {
    for (const [index, action] of asList(asValues(raw).on_enter).entries())
      yield { path: ['chapters', chapter, 'on_enter', index], action: asValues(action) };
  }
}

function say(path: Path, message: string, hint: string | null): Finding {
  return { path, at: 'value', message, hint };
}

function sayKey(path: Path, message: string, hint: string | null): Finding {
  return { path, at: 'key', message, hint };
}

function isValues(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asValues(value: unknown): Values {
  return isValues(value) ? value : {};
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
