/**
 * What no single value of a story can tell: ids that stand twice, services that do not exist, settings that mean
 * nothing beside others. Works on the file's values as they are, also where the schema has complaints about some.
 * What concerns the services is in `parse-check-services.ts`.
 */
import type { Catalogue } from '../../fault/catalogue.ts';
import { COUNTED_PICKS } from '../../fault/selectors.ts';
import { checkHypotheses } from './parse-check-hypothesis.ts';
import { checkEngine, checkPorts, checkReferences } from './parse-check-services.ts';
import type { Finding, Path, Place } from './parse-place.ts';
import { actionsOf, asList, asValues, say, sayKey, type Values } from './parse-raw.ts';
import { slug } from './schema-terms.ts';

type Look = (path: Path) => Place;

/** `placeOf`: of a value by its path. */
export function checkStory(value: unknown, catalogue: Catalogue, placeOf: Look): Finding[] {
  const story = asValues(value);
  return [
    ...checkChapters(story, placeOf),
    ...checkEngine(story, catalogue),
    ...checkPorts(story),
    ...checkReferences(story, catalogue),
    ...checkLeaders(story),
    ...checkActions(story),
    ...checkSteadyState(story),
    ...checkAbortIf(story),
    ...checkHypotheses(story),
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
      const picks: readonly unknown[] = key === 'seed' ? ['random'] : COUNTED_PICKS;
      if (inject[key] === undefined || picks.includes(inject.pick ?? 'random')) continue;
      // Every instance, however they are taken.
      if (inject.count === 'all' && COUNTED_PICKS.some((by) => by === inject.pick)) continue;
      findings.push(
        sayKey(
          [...path, 'inject', key],
          `"${key}" means nothing unless the pick is ${picks.join(', ')}`,
          'Take it out, or write `pick: random`.',
        ),
      );
    }
    findings.push(...checkLeader(story, [...path, 'inject'], inject));
  }
  return findings;
}

/** What nobody says cannot be found out. Where only labels say what is meant, the stack has to be asked. */
function checkLeader(story: Values, path: Path, { pick, service, label }: Values): Finding[] {
  if (pick !== 'leader') return [];
  const known = asList(story.leader).flatMap((each) => asTexts(asValues(each).of));
  const names = asTexts(service);
  const missing = names.find(
    (name) => !known.includes(name) && !known.includes(name.replace(/-\d+$/, '')),
  );
  const isOpen = names.length === 0 && label === undefined;
  if (missing === undefined && !(isOpen && known.length === 0)) return [];
  const hint = `Write \`leader: [{ of: ${missing ?? 'SERVICE'}, command: [...] }]\` at the top of the story, with a program that prints the leader.`;
  return [say([...path, 'pick'], `nothing says who leads ${missing ?? 'any service'}`, hint)];
}

/** Two ways to the leader of one service may lead to two leaders. */
function checkLeaders(story: Values): Finding[] {
  const all = asList(story.leader).map((each) => asTexts(asValues(each).of));
  return all.flatMap((names, index) => {
    const twice = names.find((name) => all.slice(0, index).some((each) => each.includes(name)));
    if (twice === undefined) return [];
    const first = all.findIndex((each) => each.includes(twice));
    return [
      say(
        ['leader', index, 'of'],
        `who leads ${twice} is said in leader[${first}] already`,
        'Take it out of one of them.',
      ),
    ];
  });
}

/** Of one or of a list. */
function asTexts(value: unknown): string[] {
  return typeof value === 'string' ? [value] : asList(value).map(String);
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
