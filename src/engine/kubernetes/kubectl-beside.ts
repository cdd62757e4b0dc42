/**
 * A kubectl that never outlives us: a shell waits beside it on a pipe that the system closes when we end, also by SIGKILL. Its
 * output is let go, so that the end of kubectl is seen at once.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { ClusterRef } from './cluster-ref.ts';

/** `$1`: a folder that goes with it, or nothing; the rest is kubectl. */
const BESIDE = `
folder=$1; shift
"$@" </dev/null &
exec >/dev/null 2>&1
read -r end
kill "$!"
[ -z "$folder" ] || rm -rf "$folder"`;

export type Beside = ChildProcessByStdio<Writable, Readable, Readable>;

/** The end of its stdin is its end. `folder`: removed with it. */
export function spawnBeside(
  args: readonly string[],
  { cluster, env, folder = '' }: { cluster: ClusterRef; env: NodeJS.ProcessEnv; folder?: string },
): Beside {
  const line = ['-c', BESIDE, 'sh', folder, 'kubectl', ...args, ...contextArgs(cluster)];
  const child = spawn('/bin/sh', line, {
    env: kubectlEnv(cluster, env),
    stdio: ['pipe', 'pipe', 'pipe'],
    // A Ctrl-C is ours to take: what is begun is carried through.
    detached: true,
  });
  child.stdin.on('error', () => {});
  return child;
}

/** It keeps our process alive no longer. */
export function unrefBeside(child: Beside): void {
  for (const each of [child, child.stdout, child.stderr, child.stdin])
    (each as { unref?(): void }).unref?.();
}

/** The context, as arguments of any kubectl. */
export function contextArgs({ context }: ClusterRef): string[] {
  return context === IN_CLUSTER ? [] : ['--context', context];
}

/** `in-cluster`: the account of the pod that gameday runs in. */
export const IN_CLUSTER = 'in-cluster';

export function kubectlEnv(
  { context, kubeconfig }: ClusterRef,
  env: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv {
  if (context === IN_CLUSTER) return { ...env, KUBECONFIG: '/dev/null' };
  return kubeconfig === null ? env : { ...env, KUBECONFIG: kubeconfig };
}
