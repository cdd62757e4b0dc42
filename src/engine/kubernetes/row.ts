/** The row of the Kubernetes engine: one namespace of a cluster, as the story or the flags name it. */
import * as v from 'valibot';
import { Refusal } from '../../terms/outcomes.ts';
import type { EngineKind } from '../engine-kind.ts';
import { ClusterRefSchema } from './cluster-ref.ts';
import type { KubernetesEngine } from './kubernetes.ts';
import { parseServiceHost } from './service-host.ts';

const load = () => import('./kubernetes.ts');

export const kubernetes: EngineKind<KubernetesEngine> = {
  kind: 'kubernetes',
  owned: false,
  story: {
    key: 'kubernetes',
    needs: {
      what: 'a context and a namespace',
      write: '`kubernetes: { context: staging, namespace: shop }`',
    },
    services_in: 'workloads',
  },
  files: { names: [], isMeant: (_, { context }) => (context === null ? null : 'said') },
  load,
  isInside: (host) => parseServiceHost(host) !== null,
  async open({ kubernetes: named }, { folder, recorded }) {
    const { openKubernetesEngine } = await load();
    const known = v.safeParse(ClusterRefSchema, recorded?.spec);
    const cluster = known.success ? known.output : named;
    if (!cluster)
      throw new Refusal(
        'unsupported_stack',
        'The Kubernetes engine takes no context or namespace for granted, and none is named.',
        'Add --context NAME --namespace NAME, or write `kubernetes: { context: NAME, namespace: NAME }` into the story.',
      );
    // What this shell looks at may not be what the next one does.
    const kubeconfig = cluster.kubeconfig ?? process.env.KUBECONFIG ?? null;
    return openKubernetesEngine({ cluster: { ...cluster, kubeconfig }, cwd: folder });
  },
  async examine() {
    const { examine } = await import('./kubernetes-doctor.ts');
    return examine();
  },
  async examineStack(engine) {
    const { examineStack } = await import('./kubernetes-doctor.ts');
    return examineStack(engine);
  },
  async outline() {
    return (await import('./outline.ts')).outline;
  },
  async versions() {
    return { engine: null, compose: null };
  },
};
