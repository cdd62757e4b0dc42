/** Helpers see the processes and files of a target through its namespace of processes: it must be the target's own. */
import type { Instance } from '../../fault/instance.ts';
import type { Hindrance } from '../engine.ts';
import type { InspectedContainer } from './docker-answers.ts';
import type { DockerApi } from './docker-api.ts';

export async function whySharedProcesses(
  api: DockerApi,
  { id }: Instance,
): Promise<Hindrance | null> {
  const found = await api.read<InspectedContainer>(`/containers/${id}/json`);
  const mode = found?.HostConfig.PidMode ?? '';
  if (mode === '' || mode === 'private') return null;
  const why = `it shares its processes with others (pid: ${mode})`;
  return { why, next: 'Choose another target or kind of fault.' };
}
