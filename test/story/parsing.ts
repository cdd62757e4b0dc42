/** How the tests of the parser call it and say what they expect of it. */

import { expect } from 'chai';
import { OWN_CATALOGUE } from '../../src/app/catalogue.ts';
import { parseStory } from '../../src/story/file/parse.ts';
import type { Action, Story } from '../../src/story/story.ts';
import type { Problem } from '../../src/terms/outcomes.ts';

const PLACE = {
  path: '/home/ops/Shop Stack/gameday.yaml',
  folder: '/home/ops/Shop Stack',
  catalogue: OWN_CATALOGUE,
};

export function problemsOf(text: string): Problem[] {
  const result = parseStory(text, PLACE);
  if ('story' in result) throw new Error('the story was taken');
  return result.problems;
}

export function storyOf(text: string): Story {
  const result = parseStory(text, PLACE);
  if ('problems' in result) throw new Error(JSON.stringify(result.problems, null, 2));
  return result.story;
}

/** The one action of a story with one chapter. */
export function actionOf(action: string, rest = ''): Action {
  return storyOf(`${rest}\nchapters:\n  - title: A\n    on_enter:\n      - ${action}\n`).chapters[0]
    ?.on_enter[0] as Action;
}

/** `4:12 chapters[0].title | what is wrong | hint`, as a person would read it. */
function shown({ line, column, path, message, hint }: Problem): string {
  return [`${line}:${column} ${path}`.trim(), message, hint ?? ''].join(' | ');
}

/** All problems, in their order: place and path exactly, message and hint by what must be in them. */
export function expectProblems(
  text: string,
  expected: [place: string, path: string, message: string, hint?: string][],
): void {
  const problems = problemsOf(text);
  const all = problems.map(shown).join('\n');
  expect(
    problems.map(({ line, column, path }) => `${line}:${column} ${path}`),
    all,
  ).to.deep.equal(expected.map(([place, path]) => `${place} ${path}`));
  for (const [index, [, , message, hint]] of expected.entries()) {
    const problem = problems[index] as Problem;
    expect(problem.message, all).to.include(message);
    if (hint !== undefined) expect(problem.hint ?? '', all).to.include(hint);
  }
}
