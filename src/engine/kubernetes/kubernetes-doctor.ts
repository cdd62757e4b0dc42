/** How the way to a cluster, and a namespace of it, stand, for `story doctor`. */
import { countRunning } from '../../fault/instance.ts';
import { runProgram } from '../../system/program.ts';
import { type DoctorLine, ok, problem, warning } from '../../terms/doctor-line.ts';
import { budgetName, listBudgets } from './budgets.ts';
import type { KubernetesEngine } from './kubernetes.ts';
import { listMissingRights } from './rights.ts';

const KUBECTL_MS = 10_000;

/** Of the program alone: which cluster is meant says the story. */
export async function examine(): Promise<DoctorLine[]> {
  const argv = ['kubectl', 'version', '--client', '--output=json'];
  const { exit_code, stdout } = await runProgram({ argv }, { timeout_ms: KUBECTL_MS, cwd: '/' });
  if (exit_code !== 0) {
    const next = 'Install kubectl: https://kubernetes.io/docs/tasks/tools';
    return [problem('kubectl', 'engine_unreachable', 'There is no kubectl that works here.', next)];
  }
  const { clientVersion } = JSON.parse(stdout) as { clientVersion: { gitVersion: string } };
  return [ok('kubectl', `${clientVersion.gitVersion}, by which the cluster is reached`)];
}

export async function examineStack(engine: KubernetesEngine): Promise<DoctorLine[]> {
  const { api } = engine;
  const [rows, identity, missing] = await Promise.all([
    engine.list(),
    engine.identity(),
    listMissingRights(api),
  ]);
  const budgets = await listBudgets(api).catch(() => []);
  return [
    ok('engine', await engine.describe()),
    ...(identity === null ? [UNKNOWN_CLUSTER] : []),
    (await engine.hasChaosMesh())
      ? ok(
          'chaos mesh',
          'chaos-mesh.org/v1alpha1 is in the cluster: crash and partition can be had',
        )
      : ok('chaos mesh', 'it is not in the cluster, so that crash and partition are refused'),
    missing.length === 0
      ? ok('rights', 'this account may do all that gameday does')
      : warning('rights', `This account may not ${missing.join(', ')}.`, ROLE),
    ...budgets
      .filter(({ status }) => (status.disruptionsAllowed ?? 0) === 0)
      .map((budget) =>
        warning(
          'budget',
          `${budgetName(budget)} lets no pod go now: evict and drain will be refused for what it covers.`,
          `kubectl --context ${api.cluster.context} --namespace ${engine.project} get pdb ${budget.metadata.name}`,
        ),
      ),
    ok('stack', `${engine.project}: ${countRunning(rows)}`),
  ];
}

const ROLE = 'See docs/kubernetes-role.yaml.';
const UNKNOWN_CLUSTER = warning(
  'identity',
  'This account may not look at the namespace kube-system, so that gameday cannot tell this cluster from another one of the same name.',
  ROLE,
);
