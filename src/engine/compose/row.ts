/** The row of the Compose engine: a stack of the team's own, on Docker or whatever speaks its API. */
import * as v from 'valibot';
import type { EngineKind } from '../engine-kind.ts';

const SpecSchema = v.object({ files: v.array(v.string()), profiles: v.array(v.string()) });

export const compose: EngineKind = {
  kind: 'compose',
  owned: false,
  async open(stack, { folder, allowRemote }) {
    const { openComposeEngine } = await import('./compose.ts');
    return openComposeEngine({ cwd: folder, ...stack.compose, allowRemote });
  },
  specOf: ({ compose: { files, profiles } }) => ({ files, profiles }),
  filesOf(spec) {
    const result = v.safeParse(SpecSchema, spec);
    return result.success ? result.output.files : [];
  },
};
