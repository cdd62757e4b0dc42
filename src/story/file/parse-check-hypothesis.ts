/** What no single value of a hypothesis can tell: that the chapter breaks nothing, that nobody measures, that no probe has that name. */
import type { HypothesisItem } from '../hypothesis-spec.ts';
import type { Finding } from './parse-place.ts';
import { asList, asValues, say, sayKey, type Values } from './parse-raw.ts';
import { didYouMean } from './schema-messages.ts';

const MEASURED = ['throughput', 'errors', 'p99'];

/** On the file's values as they are. */
export function checkHypotheses(story: Values): Finding[] {
  const { kind } = asValues(story.workload);
  const why =
    story.workload === undefined
      ? 'the story has no workload'
      : kind === 'simulated'
        ? 'a simulated workload measures nothing'
        : null;
  return asList(story.chapters).flatMap((raw, index) => {
    const chapter = asValues(raw);
    const path = ['chapters', index];
    if (chapter.hypothesis === undefined)
      return chapter.on_deviation === undefined
        ? []
        : [
            sayKey(
              [...path, 'on_deviation'],
              '"on_deviation" means nothing without a hypothesis',
              'Write `hypothesis:` beside it, or take it out.',
            ),
          ];
    const injects = asList(chapter.on_enter).some(
      (action) => asValues(action).inject !== undefined,
    );
    const items = asList(chapter.hypothesis).map(asValues);
    return [
      ...(injects
        ? []
        : [
            sayKey(
              [...path, 'hypothesis'],
              'this chapter injects no fault, so that nothing would be checked',
              'Write it in the chapter that injects the fault.',
            ),
          ]),
      ...items.flatMap((item, at) => {
        const key = MEASURED.find((each) => item[each] !== undefined);
        return key && why !== null
          ? [
              sayKey(
                [...path, 'hypothesis', at, key],
                `${why}, so that this can never be measured`,
                'Write a `workload:` that is measured, such as kind: http.',
              ),
            ]
          : [];
      }),
      ...twice(items, [...path, 'hypothesis']),
    ];
  });
}

/** What can be expected only once. */
function twice(items: Values[], path: (string | number)[]): Finding[] {
  return ['recovers_within', 'only'].flatMap((key) => {
    const given = items.flatMap((item, at) => (item[key] === undefined ? [] : at));
    return given
      .slice(1)
      .map((at) =>
        sayKey(
          [...path, at, key],
          `${key} stands in hypothesis[${given[0]}] already`,
          'Take one of them out.',
        ),
      );
  });
}

/** Once the schema has named every probe. */
export function checkNamedProbes(story: {
  chapters: readonly { hypothesis: readonly HypothesisItem[] }[];
  steady_state: { probes: readonly { name: string }[] };
}): Finding[] {
  const names = story.steady_state.probes.map(({ name }) => name);
  return story.chapters.flatMap(({ hypothesis }, chapter) =>
    hypothesis.flatMap((item, at) => {
      if (item.expect !== 'probe' || names.includes(item.probe)) return [];
      const path = ['chapters', chapter, 'hypothesis', at, 'probe'];
      const hint =
        names.length > 0
          ? didYouMean(item.probe, names)
          : 'Write the probe into `steady_state:` first.';
      return [say(path, `no probe of steady_state is called "${item.probe}"`, hint)];
    }),
  );
}
