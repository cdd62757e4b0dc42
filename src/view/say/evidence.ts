/** Evidence under a step, as lines. */
import type { Evidence } from '../../run/progress.ts';
import { noticeLines } from './found.ts';
import { sayLeft } from './left.ts';

export function sayEvidence(evidence: Evidence): string[] {
  switch (evidence.about) {
    case 'output':
      return evidence.lines;
    case 'targets':
      return [sayLeft(evidence.doing, evidence.targets, evidence.left)];
    case 'target':
      return [sayTarget(evidence), ...evidence.logs.map((line) => `  | ${line}`)];
    case 'impact':
      return [evidence.text, ...evidence.during.map((text) => `during the fault: ${text}`)];
    case 'measured':
      return evidence.texts.map((text) => `measured: ${text}`);
    case 'figures':
      return evidence.texts;
    case 'probes':
      return [`probes: ${evidence.text}`];
    case 'pick':
      return [
        evidence.named === null
          ? `the story's pick command fails now (exit code ${evidence.exit_code})`
          : `the story's pick command names ${evidence.named} now`,
      ];
    case 'leader':
      return [evidence.why ?? `leads now: ${evidence.named.join(', ')}`];
    case 'steady_state':
      return evidence.checks.map(
        ({ met, text }) => `steady state ${met ? 'met' : 'not met'}: ${text}`,
      );
    case 'others':
      return [sayOthers(evidence)];
    case 'notices':
      return noticeLines(evidence.found);
  }
}

type Of<A extends Evidence['about']> = Extract<Evidence, { about: A }>;

function sayTarget({ target, kind, now }: Of<'target'>): string {
  if (!now) return `${target} (${kind}): it no longer exists`;
  const { state, exit_code, oom_killed, restart_count, health } = now;
  const exit = exit_code === null ? '' : `, exit code ${exit_code}`;
  return `${target} (${kind}): ${state}${exit}, OOM-killed: ${oom_killed ? 'yes' : 'no'}, restarts: ${restart_count}, health: ${health}`;
}

function sayOthers({ of, unwell }: Of<'others'>): string {
  if (of === 0) return 'there is no other instance';
  const all = of === 1 ? 'the other instance' : `the other ${of} instances`;
  if (unwell.length === 0) return of === 1 ? `${all} is running` : `${all} are running`;
  return `of ${all}, ${unwell.map(({ target, is }) => `${target} is ${is}`).join(', ')}`;
}
