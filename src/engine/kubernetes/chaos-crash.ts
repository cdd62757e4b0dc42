/** A crash: Chaos Mesh sends SIGKILL to the first container of a pod; its kubelet starts it again, in the same pod. */
import { type Instance, label } from '../../fault/instance.ts';
import { EngineError } from '../../terms/outcomes.ts';
import type { ChaosMesh } from './chaos-mesh.ts';
import type { PodRecord } from './pod-instance.ts';

/** `inspect`: of the pod as it is by now. Resolves when its container has ended. Throws EngineError. */
export async function crashPod(
  chaos: ChaosMesh,
  target: Instance,
  fault: string,
  inspect: (id: string) => Promise<Instance | null>,
): Promise<void> {
  const isOver = async () => (await inspect(target.id))?.incarnation !== target.incarnation;
  const now = await inspect(target.id);
  if (!now)
    throw new EngineError(`${label(target)} was not crashed: its pod is gone.`, {
      definite: true,
      reason: 'gone',
      next: 'Try again.',
    });
  // A restart changes the ids of its containers: then it was crashed before, or is another incarnation.
  if (now.incarnation === target.incarnation && now.state === 'running') {
    const { namespace, containers } = target.record as PodRecord;
    const spec = {
      action: 'container-kill',
      mode: 'all',
      containerNames: containers.slice(0, 1),
      selector: { pods: { [namespace]: [target.name] } },
    };
    await chaos.order(target, { fault, kind: 'podchaos', spec });
    await chaos.until(target, 'podchaos', isOver);
  }
  await withdrawCrashes(chaos, target);
}

/** A kill that was ordered is over; what is left of it is its object. */
export async function withdrawCrashes(chaos: ChaosMesh, target: Instance): Promise<void> {
  for (const each of await chaos.ordered('podchaos', target))
    await chaos.withdraw(target, 'podchaos', each);
}
