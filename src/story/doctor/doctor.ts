/** Looks in, findings out: what stands between the user and a safe game day. Pure; the order is that in which one thing rests on another. */
import { findInRun } from './doctor-run.ts';
import { findInEngine, findInStory, findOnMachine } from './doctor-stack.ts';
import { findInJournal, findInState } from './doctor-state.ts';
import { type Finding, ok } from './finding.ts';
import type { Looks } from './looks.ts';

export function findAll(looks: Looks): Finding[] {
  const { machine, story, state, journal, engine, run, now_ms } = looks;
  return [
    ...findOnMachine(machine),
    ...findInState(state),
    ...findInJournal(journal),
    ...findInStory(story),
    ...(engine ? findInEngine(engine) : []),
    ...(run ? findInRun(run, now_ms) : journal.error ? [] : [ok('faults', 'none is live')]),
  ];
}
