/** The row of the Compose engine: a stack of the team's own, on Docker or whatever speaks its API. */
import * as v from 'valibot';
import type { StackRef } from '../../fault/stack.ts';
import type { EngineKind } from '../engine-kind.ts';
import type { FoundProject } from './compose-project.ts';

/** `made_from`: the Compose files whose containers alone are the stack, absolute; empty: every container of the project is. */
const SpecSchema = v.object({ profiles: v.array(v.string()), made_from: v.array(v.string()) });

const load = () => import('./compose.ts');

export const compose: EngineKind = {
  kind: 'compose',
  owned: false,
  load,
  async open(stack, { folder, allowRemote, recorded }) {
    const { openComposeEngine } = await load();
    const known = recorded && foundBefore(recorded);
    return openComposeEngine({ cwd: folder, ...stack.compose, recorded: known, allowRemote });
  },
  specOf: ({ compose: { profiles } }, { madeFrom = [] }) => ({ profiles, made_from: madeFrom }),
};

function foundBefore({ project, spec }: StackRef): FoundProject {
  const read = v.safeParse(SpecSchema, spec);
  return { project, madeFrom: read.success ? read.output.made_from : [] };
}
