/** The row of the Compose engine: a stack of the team's own, on Docker or whatever speaks its API. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import type { StackRef } from '../../fault/stack.ts';
import { COMPOSE_FILES } from '../../terms/compose-files.ts';
import type { EngineKind } from '../engine-kind.ts';
import type { ComposeEngine, RecordedStack } from './compose.ts';

const SpecSchema = v.object({
  made_from: v.array(v.string()),
  remote: v.optional(v.nullable(v.string()), null),
  tools_image: v.optional(v.nullable(v.string()), null),
});

const load = () => import('./compose.ts');

export const compose: EngineKind<ComposeEngine> = {
  kind: 'compose',
  owned: false,
  story: { key: 'compose', needs: null, services_in: 'Compose files' },
  files: {
    names: COMPOSE_FILES,
    isMeant(folder, { files, project }) {
      if (files.length > 0 || project !== null) return 'said';
      const isThere = COMPOSE_FILES.some((file) => existsSync(join(folder, file)));
      return isThere || process.env.COMPOSE_FILE ? 'found' : null;
    },
    find: async (cwd, said) => (await import('./compose-files.ts')).findStack(cwd, said),
    services: async (stack, folder) =>
      (await import('./compose-files.ts')).readServiceNames(stack, folder),
  },
  load,
  async open({ compose, tools }, { folder, allowRemote, recorded }) {
    const { openComposeEngine } = await load();
    return openComposeEngine({
      cwd: folder,
      ...compose,
      recorded: recorded && recordedStack(recorded),
      toolsImage: tools.image,
      allowRemote,
    });
  },
  async homes(name) {
    const { homesOf } = await import('./compose-homes.ts');
    return homesOf(name, process.env);
  },
  async examine(at) {
    const { examine } = await import('./compose-doctor.ts');
    return examine(at);
  },
  async examineStack(engine) {
    const { examineStack } = await import('./compose-doctor.ts');
    return examineStack(engine);
  },
  async tidy(engine) {
    const { tidy } = await import('./compose-doctor.ts');
    return tidy(engine);
  },
  async versions({ folder, allowRemote }) {
    const { examineVersions } = await import('../docker/docker-exam.ts');
    return examineVersions(folder, allowRemote);
  },
};

function recordedStack({ project, spec }: StackRef): RecordedStack {
  const read = v.safeParse(SpecSchema, spec);
  const known = read.success ? read.output : { made_from: [], remote: null, tools_image: null };
  return {
    project,
    madeFrom: known.made_from,
    remote: known.remote,
    toolsImage: known.tools_image,
  };
}
