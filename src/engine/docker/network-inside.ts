/** The look into the network of many containers, a helper container each. Looks only. */
import type { Difference } from '../../fault/difference.ts';
import { type Instance, isUp, label } from '../../fault/instance.ts';
import { EngineError } from '../../terms/outcomes.ts';
import type { DockerApi } from './docker-api.ts';
import { runHelper } from './docker-helper.ts';
import { saidBy } from './helper-failure.ts';
import { whyClosed } from './network.ts';
import { LOOK, networkFindings } from './network-findings.ts';
import { helperBeside, type ToolsImage } from './tools-image.ts';

/** An engine starts containers one after the other for the most part. */
const AT_ONCE = 4;

export interface LookedInside {
  /** By the id of the container. */
  found: Map<string, Difference[]>;
  /** What could not be looked at, and why, as sentences. */
  unlooked: string[];
}

/** What has no network of its own is left out. Throws as a look at the engine does. */
export async function lookInside(
  api: DockerApi,
  tools: ToolsImage,
  instances: readonly Instance[],
): Promise<LookedInside> {
  const looked: LookedInside = { found: new Map(), unlooked: [] };
  const lacking = await tools.whyLacking();
  if (lacking) {
    looked.unlooked.push(
      `Rules in the networks of the containers: ${lacking.why}; \`${lacking.next}\` makes it.`,
    );
    return looked;
  }
  const open = instances.filter((each) => isUp(each) && whyClosed(each) === null).values();
  const work = async () => {
    for (const instance of open) {
      const end = await lookIn(api, tools, instance);
      if (typeof end === 'string')
        looked.unlooked.push(`Rules in the network of ${label(instance)}: ${end}.`);
      else looked.found.set(instance.id, end);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return looked;
}

/** Why it could not be looked at is a text. */
async function lookIn(
  api: DockerApi,
  tools: ToolsImage,
  target: Instance,
): Promise<Difference[] | string> {
  try {
    const helper = await helperBeside(tools, target, {
      does: 'look at the network',
      purpose: 'network',
      script: LOOK,
      rights: { NetworkMode: `container:${target.id}`, CapAdd: ['NET_ADMIN'] },
    });
    const end = await runHelper(api, helper);
    return end.refused === null && end.code === 0 ? networkFindings(end.stdout) : saidBy(end);
  } catch (error) {
    if (error instanceof EngineError) return error.message;
    throw error;
  }
}
