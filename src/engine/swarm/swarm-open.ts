/** The manager that is asked: the one that is meant, or, for a run that goes on, another one of the managers it has met. */
import { Refusal } from '../../terms/outcomes.ts';
import { DockerApi } from '../docker/docker-api.ts';
import { type DockerEndpoint, endpointBy } from '../docker/docker-connection.ts';
import { type EngineFacts, readEngineFacts } from '../docker/docker-info.ts';

interface Opened {
  api: DockerApi;
  facts: EngineFacts;
}

/** Whether an engine may be used. `remote`: addresses that the run was allowed before, and goes on to be. */
export function allowedBy(allowRemote: boolean, remote: readonly string[] = []) {
  return ({ local, address }: DockerEndpoint) => local || allowRemote || remote.includes(address);
}

/** `others`: docker contexts and addresses of nodes. Throws Refusal `engine_unreachable` of the first one where none of them is a manager that answers. */
export async function openManager(
  meant: DockerEndpoint,
  others: readonly string[],
  allows: (endpoint: DockerEndpoint) => boolean,
  env: NodeJS.ProcessEnv,
): Promise<Opened> {
  try {
    return await open(meant, env);
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'engine_unreachable') throw error;
    for (const word of others) {
      const found = await openOther(word, allows, env);
      if (found?.facts.swarm?.ControlAvailable) return found;
      found?.api.close();
    }
    throw error;
  }
}

async function openOther(
  word: string,
  allows: (endpoint: DockerEndpoint) => boolean,
  env: NodeJS.ProcessEnv,
): Promise<Opened | null> {
  try {
    const endpoint = endpointBy(word, env);
    return allows(endpoint) ? await open(endpoint, env) : null;
  } catch {
    return null;
  }
}

async function open(endpoint: DockerEndpoint, env: NodeJS.ProcessEnv): Promise<Opened> {
  const api = await DockerApi.open(endpoint, env);
  try {
    return { api, facts: await readEngineFacts(api) };
  } catch (error) {
    api.close();
    throw error;
  }
}
