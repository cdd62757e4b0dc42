/** Facts in, findings out: what stands between the user and a safe game day. Pure; the order is that in which one thing rests on another. */

import { type DoctorLine, ok } from '../../terms/doctor-line.ts';
import type { Facts } from './facts.ts';
import { findInRun } from './judge-run.ts';
import { findInJournal, findInState } from './judge-state.ts';
import { findInStory, findOnMachine } from './judge-story.ts';

export function findAll(looks: Facts): DoctorLine[] {
  const { machine, story, state, journal, engine, run, now_ms } = looks;
  return [
    ...findOnMachine(machine),
    ...findInState(state),
    ...findInJournal(journal, now_ms),
    ...findInStory(story),
    ...engine,
    ...(run
      ? findInRun(run, now_ms, journal.holder !== null)
      : journal.error
        ? []
        : [ok('faults', 'none is live')]),
  ];
}
