/** What we read of the API's objects: their keys that we use, and no others. */

export interface Meta {
  name: string;
  namespace?: string;
  uid: string;
  resourceVersion: string;
  creationTimestamp: string;
  deletionTimestamp?: string;
  finalizers?: string[];
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: { kind: string; name: string; uid: string; controller?: boolean }[];
}

export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason?: string;
}

export interface Check {
  initialDelaySeconds?: number;
  periodSeconds?: number;
  failureThreshold?: number;
  successThreshold?: number;
}

export interface Ended {
  exitCode: number;
  reason?: string;
  startedAt?: string;
  finishedAt?: string;
}

export interface ContainerStatus {
  name: string;
  ready: boolean;
  restartCount: number;
  containerID?: string;
  state: {
    running?: { startedAt: string };
    waiting?: { reason?: string };
    terminated?: Ended;
  };
  lastState?: { terminated?: Ended };
}

export interface Pod {
  metadata: Meta;
  spec: {
    nodeName?: string;
    restartPolicy?: 'Always' | 'OnFailure' | 'Never';
    terminationGracePeriodSeconds?: number;
    hostNetwork?: boolean;
    containers: { name: string; readinessProbe?: Check; startupProbe?: Check }[];
  };
  status: {
    phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
    podIP?: string;
    conditions?: Condition[];
    containerStatuses?: ContainerStatus[];
  };
}

export interface Node {
  metadata: Meta;
  spec: { unschedulable?: boolean };
  status: { conditions?: Condition[] };
}

export interface Workload {
  metadata: Meta;
  spec: {
    replicas?: number;
    selector?: { matchLabels?: Record<string, string> };
  };
  status: { desiredNumberScheduled?: number };
}

export function condition(conditions: readonly Condition[] | undefined, type: string): string {
  return conditions?.find((each) => each.type === type)?.status ?? 'Unknown';
}
