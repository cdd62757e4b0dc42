/** Whether the services of a story fit its engine, have ports of their own, and are there where a fault, a probe or `protect` names one. */
import type { Finding, Path } from './parse-place.ts';
import { actionsOf, asList, asValues, isValues, say, sayKey, type Values } from './parse-raw.ts';
import { didYouMean } from './schema-messages.ts';

export function checkEngine(story: Values): Finding[] {
  return [...checkKubernetes(story), ...checkOwnStack(story)];
}

/** It takes no context and no namespace for granted. */
function checkKubernetes({ engine, kubernetes }: Values): Finding[] {
  if (engine !== 'kubernetes' || kubernetes !== undefined) return [];
  return [
    say(
      ['engine'],
      'engine: kubernetes needs a context and a namespace',
      'Write `kubernetes: { context: staging, namespace: shop }`.',
    ),
  ];
}

function checkOwnStack(story: Values): Finding[] {
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
    return [...findings, ...foreignKeys(story, 'process')];
  }
  if (story.engine !== undefined && !Object.hasOwn(STACK_FILES, String(story.engine))) return [];
  const engine = (story.engine ?? 'compose') as keyof typeof STACK_FILES;
  const others = foreignKeys(story, engine);
  if (services === undefined) return others;
  return [
    ...others,
    sayKey(
      ['services'],
      `"services" means nothing with engine: ${engine}, whose ${STACK_FILES[engine]} name them`,
      'Write `engine: process`, or take it out.',
    ),
  ];
}

/** What names the services of the engines that start none. */
const STACK_FILES = {
  compose: 'Compose files',
  swarm: 'stack files',
  kubernetes: 'workloads',
} as const;

/** What says which stack another engine means. */
function foreignKeys(story: Values, engine: string): Finding[] {
  return Object.keys(STACK_FILES)
    .filter((key) => key !== engine && story[key] !== undefined)
    .map((key) =>
      sayKey(
        [key],
        `"${key}" means nothing with engine: ${engine}`,
        `Take it out, or write \`engine: ${key}\`.`,
      ),
    );
}

export function checkPorts(story: Values): Finding[] {
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
export function checkReferences(story: Values): Finding[] {
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
    check(['protect', index], name, true);
  for (const { path, action } of actionsOf(story)) {
    const { service, exclude } = asValues(action.inject);
    check([...path, 'inject', 'service'], service, true);
    for (const [key, names] of Object.entries({ service, exclude }))
      for (const [index, name] of asList(names).entries())
        check([...path, 'inject', key, index], name, true);
    checkProbe(path, action.probe);
  }
  for (const [chapter, raw] of asList(story.chapters).entries())
    for (const [at, item] of asList(asValues(raw).hypothesis).entries())
      for (const [index, name] of asList(asValues(item).only).entries())
        check(['chapters', chapter, 'hypothesis', at, 'only', index], name, false);
  for (const [index, item] of asList(story.steady_state).entries())
    checkProbe(['steady_state', index], asValues(item).probe);
  return findings;
}
