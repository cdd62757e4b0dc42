/** Whether the services of a story fit its engine, have ports of their own, and are there where a fault, a probe or `protect` names one. */
import type { Catalogue, EngineInStory } from '../../fault/catalogue.ts';
import type { Finding, Path } from './parse-place.ts';
import { actionsOf, asList, asValues, isValues, say, sayKey, type Values } from './parse-raw.ts';
import { didYouMean } from './schema-messages.ts';

export function checkEngine(story: Values, catalogue: Catalogue): Finding[] {
  const engine = engineOf(story, catalogue);
  // That there is no such engine is the schema's to say.
  if (!engine) return [];
  return [...checkNeeds(story, engine), ...foreignKeys(story, engine, catalogue)];
}

function engineOf(
  { engine }: Values,
  { engines, default_engine }: Catalogue,
): EngineInStory | undefined {
  return engines.find(({ kind }) => kind === (engine ?? default_engine));
}

/** Which stack it is, of an engine that takes none for granted. */
function checkNeeds(story: Values, { kind, key, needs, services_in }: EngineInStory): Finding[] {
  if (key === null || needs === null) return [];
  const said = story[key];
  const isEmpty = services_in === null && isValues(said) && Object.keys(said).length === 0;
  if (said !== undefined && !isEmpty) return [];
  return [
    say([isEmpty ? key : 'engine'], `engine: ${kind} needs ${needs.what}`, `Write ${needs.write}.`),
  ];
}

/** What says which stack another engine means. */
function foreignKeys(story: Values, engine: EngineInStory, { engines }: Catalogue): Finding[] {
  return engines.flatMap(({ kind, key, services_in }) => {
    if (key === null || key === engine.key || story[key] === undefined) return [];
    const others =
      services_in === null && engine.services_in !== null
        ? `, whose ${engine.services_in} name them`
        : '';
    const message = `"${key}" means nothing with engine: ${engine.kind}${others}`;
    return [sayKey([key], message, `Take it out, or write \`engine: ${kind}\`.`)];
  });
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

/** Services that faults, probes and `protect` name, where they are known from the story alone. */
export function checkReferences(story: Values, catalogue: Catalogue): Finding[] {
  const engine = engineOf(story, catalogue);
  if (!engine || engine.key === null || engine.services_in !== null) return [];
  const services = story[engine.key];
  if (!isValues(services)) return [];
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
