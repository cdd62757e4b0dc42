/** One line of `story doctor`: what was looked at, how it stands, and what to do about it. Pure. */
import { CODES, type Code, type ErrorReport, type Exit } from './outcomes.ts';

export interface DoctorLine {
  /** `engine`, `state folder`. */
  about: string;
  /** A warning is worth knowing; a problem is what a command would be refused for, or what is broken already. */
  level: 'ok' | 'warning' | 'problem';
  text: string;
  /** As a Refusal has it: a command without the bin's name, or a sentence. Null where there is nothing to do. */
  next: string | null;
  /** Of a problem: how a command that meets it ends. */
  code: Code | null;
}

export function ok(about: string, text: string, next: string | null = null): DoctorLine {
  return { about, level: 'ok', text, next, code: null };
}

export function warning(about: string, text: string, next: string): DoctorLine {
  return { about, level: 'warning', text, next, code: null };
}

export function problem(about: string, code: Code, text: string, next: string): DoctorLine {
  return { about, level: 'problem', text, next, code };
}

/** What a command was or would be refused with. */
export function refused(about: string, { code, message, next }: ErrorReport): DoctorLine {
  return problem(about, code, message, next);
}

/** Of the first problem, since those that follow may come from it; 0 where there is none. */
export function exitOf(findings: readonly DoctorLine[]): Exit {
  const code = findings.find(({ level }) => level === 'problem')?.code;
  return code ? CODES[code].exit : 0;
}
