/** What `story doctor` hands back: a line a finding, what to do under it, and the same as data. Pure. */
import { type DoctorLine, exitOf } from '../terms/doctor-line.ts';
import type { Result } from './results.ts';
import { type Host, spellNext } from './spelling.ts';

export function doctorResult(findings: readonly DoctorLine[], host: Host): Result {
  const count = (level: DoctorLine['level']) =>
    findings.filter((finding) => finding.level === level).length;
  const [problems, warnings] = [count('problem'), count('warning')];
  const exit = exitOf(findings);
  const width = Math.max(...findings.map(({ about }) => about.length));
  const lines = findings.flatMap(({ level, about, text, next }) => [
    `${level.padEnd('problem'.length)}  ${about.padEnd(width)}  ${text}`,
    ...(next === null
      ? []
      : [`${' '.repeat('problem'.length + width + 4)}${spellNext(next, host)}`]),
  ]);
  const sum = `${problems === 0 ? 'No problem' : problems === 1 ? '1 problem' : `${problems} problems`}, ${warnings === 1 ? '1 warning' : `${warnings} warnings`}.`;
  return {
    json: { problems, warnings, exit, findings: [...findings] },
    lines: [...lines, sum],
    exit,
  };
}
