/** Why an engine or a stack is not the one that is meant. */
import { Refusal } from '../../terms/outcomes.ts';
import type { DockerApi } from '../docker/docker-api.ts';
import type { EngineFacts } from '../docker/docker-info.ts';
import { type Service, STACK_LABEL } from './swarm-answers.ts';
import type { Manager } from './swarm-manager.ts';

/** Throws Refusal `unsupported_stack` for an engine that is no manager. */
export function refuseNoManager({ endpoint }: DockerApi, { swarm }: EngineFacts): void {
  if (swarm?.ControlAvailable) return;
  const isWorker = swarm?.LocalNodeState === 'active';
  throw new Refusal(
    'unsupported_stack',
    isWorker
      ? `The engine at ${endpoint.address} is a worker of its swarm, which only managers know.`
      : `The engine at ${endpoint.address} is part of no swarm.`,
    'Name a manager: `swarm: { context: NAME }` in the story (`docker context ls` lists them).',
  );
}

/** Throws Refusal `unsupported_stack` where the swarm has no such stack. */
export async function refuseUnknownStack(manager: Manager, stack: string): Promise<void> {
  const all = (await manager.read<Pick<Service, 'Spec'>[]>('/services')) ?? [];
  const stacks = new Set(all.flatMap(({ Spec }) => Spec.Labels?.[STACK_LABEL] ?? []));
  if (stacks.has(stack)) return;
  const others = stacks.size === 0 ? 'it has none' : `it has ${[...stacks].sort().join(', ')}`;
  throw new Refusal(
    'unsupported_stack',
    `The swarm at ${manager.api.endpoint.address} has no stack ${stack}; ${others}.`,
    'Name it: `swarm: { stack: NAME }` in the story, or --project NAME (`docker stack ls` lists them).',
  );
}
