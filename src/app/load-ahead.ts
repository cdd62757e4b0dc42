/**
 * Imports what a transition or a watchdog may need of this package, before it begins: the package may be updated or removed
 * while a fault is live.
 */

import { alertsOf } from '../story/hypothesis-spec.ts';
import type { ProbeSpec } from '../story/probe-spec.ts';
import type { Story } from '../story/story.ts';
import { importLook } from '../workload/probe.ts';
import { engineKind } from './engines.ts';

/** The engine, and the looks of every probe and alert of the story. */
export async function loadAhead({ engine, steady_state, chapters }: Story): Promise<void> {
  const actions = chapters.flatMap((chapter) => chapter.on_enter);
  const probes = [
    ...steady_state.probes,
    ...actions.flatMap((action) => (action.do === 'probe' ? [action.probe] : [])),
  ];
  const alerts = chapters.flatMap(({ hypothesis }) => alertsOf(hypothesis));
  await Promise.all([
    engineKind(engine).load(),
    ...probes.map(importLookOf),
    ...(alerts.length > 0 ? [importLook('alerts')] : []),
  ]);
}

async function importLookOf({ look }: ProbeSpec): Promise<void> {
  if (look === 'http' || look === 'tcp' || look === 'prometheus') await importLook(look);
}
