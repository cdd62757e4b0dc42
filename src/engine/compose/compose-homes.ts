/** From which folders the containers of a project were brought up, as they say themselves. */
import { DockerApi } from '../docker/docker-api.ts';
import { findDockerEndpoint } from '../docker/docker-connection.ts';
import { listContainers } from '../docker/docker-info.ts';
import { FOLDER_LABEL } from './compose-project.ts';

/** An engine on another machine is not asked: nobody has allowed that yet. Throws Refusal `engine_unreachable`. */
export async function homesOf(
  project: string,
  env: NodeJS.ProcessEnv,
): Promise<{ address: string; folders: string[] }> {
  const endpoint = findDockerEndpoint(env);
  const { address, local } = endpoint;
  if (!local) return { address, folders: [] };
  const api = await DockerApi.open(endpoint, env);
  try {
    const containers = await listContainers(api, project);
    const folders = containers.flatMap(({ Labels }) => Labels?.[FOLDER_LABEL] || []);
    return { address, folders: [...new Set(folders)] };
  } finally {
    api.close();
  }
}
