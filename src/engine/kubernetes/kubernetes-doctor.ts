/** How the way to a cluster, and a namespace of it, stand, for `story doctor`. */
import { countRunning } from '../../fault/instance.ts';
import { runProgram } from '../../system/program.ts';
import { type DoctorLine, ok, problem, warning } from '../../terms/doctor-line.ts';
import type { KubernetesEngine } from './kubernetes.ts';

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
  const [rows, identity] = await Promise.all([engine.list(), engine.identity()]);
  const lines = [ok('engine', await engine.describe())];
  if (identity === null)
    lines.push(
      warning(
        'identity',
        'This account may not look at the namespace kube-system, so that gameday cannot tell this cluster from another one of the same name.',
        'See the ClusterRole in docs/kubernetes.md.',
      ),
    );
  lines.push(ok('stack', `${engine.project}: ${countRunning(rows)}`));
  return lines;
}
