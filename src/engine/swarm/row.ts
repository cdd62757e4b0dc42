/** The row of the Swarm engine: a stack of the team's own, on the nodes of a Docker Swarm. */
import * as v from 'valibot';
import type { StackRef } from '../../fault/stack.ts';
import type { EngineKind } from '../engine-kind.ts';
import type { RecordedSwarm, SwarmEngine } from './swarm.ts';

const SpecSchema = v.object({
  context: v.optional(v.nullable(v.string()), null),
  ways: v.optional(v.record(v.string(), v.string()), {}),
  remote: v.optional(v.array(v.string()), []),
  tools_image: v.optional(v.nullable(v.string()), null),
});

const load = () => import('./swarm.ts');

export const swarm: EngineKind<SwarmEngine> = {
  kind: 'swarm',
  owned: false,
  story: { key: 'swarm', needs: null, services_in: 'stack files' },
  load,
  async open({ name, swarm, tools }, { folder, allowRemote, recorded }) {
    const { openSwarmEngine } = await load();
    return openSwarmEngine({
      cwd: folder,
      stack: recorded?.project ?? swarm.stack ?? name,
      context: swarm.context,
      nodes: swarm.nodes,
      recorded: recorded && recordedSwarm(recorded),
      toolsImage: tools.image,
      allowRemote,
    });
  },
  async examine(at) {
    const { examine } = await import('./swarm-doctor.ts');
    return examine(at);
  },
  async examineStack(engine) {
    const { examineStack } = await import('./swarm-doctor.ts');
    return examineStack(engine);
  },
  async outline() {
    return (await import('./swarm-outline.ts')).outline;
  },
  async versions(at) {
    const { versions } = await import('./swarm-doctor.ts');
    return versions(at);
  },
};

function recordedSwarm({ project, spec }: StackRef): RecordedSwarm {
  const read = v.safeParse(SpecSchema, spec);
  const known = read.success ? read.output : v.parse(SpecSchema, {});
  return {
    stack: project,
    context: known.context,
    ways: known.ways,
    remote: known.remote,
    toolsImage: known.tools_image,
  };
}
