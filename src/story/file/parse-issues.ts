/** What the schema complains about, as findings at a path: one for each thing that is wrong. */
import type * as v from 'valibot';
import type { Finding, Path } from './parse-place.ts';

type Issue = v.BaseIssue<unknown>;

export function findingsOf(issues: readonly Issue[]): Finding[] {
  return issues.flatMap((issue) => findingsOfOne(issue, []));
}

function findingsOfOne(issue: Issue, before: Path): Finding[] {
  const items = issue.path ?? [];
  const path = [...before, ...items.map((item) => item.key as string | number)];
  const better = betterThan(issue);
  if (better.length > 0) return better.flatMap((each) => findingsOfOne(each, path));
  const [message, hint] = issue.message.split('\n') as [string, string | undefined];
  return [
    { path, at: items.at(-1)?.origin === 'key' ? 'key' : 'value', message, hint: hint ?? null },
  ];
}

/** Of a choice, the branch that took the value knows better what is wrong: the one that got into it, else the one that liked its type. */
function betterThan(choice: Issue): Issue[] {
  const branches = leaves(choice.issues ?? []);
  const deeper = branches.filter((each) => each.path);
  return deeper.length > 0 ? deeper : branches.filter((each) => each.kind === 'validation');
}

/** Choices within a choice, opened. */
function leaves(issues: readonly Issue[]): Issue[] {
  return issues.flatMap((each) => (each.issues && !each.path ? leaves(each.issues) : [each]));
}
