/** The row of the Compose engine: a stack of the team's own, on Docker or whatever speaks its API. */
import * as v from 'valibot';
import type { EngineKind } from '../engine-kind.ts';

const SpecSchema = v.object({
  profiles: v.array(v.string()),
  /** The Compose files whose containers alone are the stack, absolute; empty: every container of the project is. */
  made_from: v.array(v.string()),
  /** As the story names it; null: the default one. */
  tools_image: v.optional(v.nullable(v.string()), null),
});

const load = () => import('./compose.ts');

export const compose: EngineKind = {
  kind: 'compose',
  owned: false,
  load,
  async open(stack, { folder, allowRemote, recorded }) {
    const { openComposeEngine } = await load();
    const spec = v.safeParse(SpecSchema, recorded?.spec);
    const known = recorded && {
      project: recorded.project,
      madeFrom: spec.success ? spec.output.made_from : [],
    };
    const tools = {
      wanted: stack.tools.image,
      recorded: spec.success ? spec.output.tools_image : null,
    };
    return openComposeEngine({
      cwd: folder,
      ...stack.compose,
      recorded: known,
      tools,
      allowRemote,
    });
  },
  specOf: ({ compose: { profiles }, tools: { image } }, { madeFrom = [] }) => ({
    profiles,
    made_from: madeFrom,
    tools_image: image,
  }),
};
