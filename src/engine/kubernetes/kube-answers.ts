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
  httpGet?: { path?: string; port: number | string; scheme?: string };
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
    containers: {
      name: string;
      readinessProbe?: Check;
      startupProbe?: Check;
      ports?: { name?: string; containerPort: number }[];
    }[];
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
  status: { conditions?: Condition[]; addresses?: { type: string; address: string }[] };
}

/** How a workload's containers are made. */
export interface Container {
  name: string;
  image?: string;
  command?: string[];
  args?: string[];
  ports?: { name?: string; containerPort: number }[];
  readinessProbe?: Check;
}

/** What a workload makes its pods by. */
export interface Template {
  metadata?: Pick<Meta, 'labels'>;
  spec: { containers: Container[]; volumes?: object[] };
}

/** The API's own kind of service, which leads to pods; what we call a service is a workload. */
export interface KubeService {
  metadata: Meta;
  spec: {
    selector?: Record<string, string>;
    externalIPs?: string[];
    ports?: {
      port: number;
      targetPort?: number | string;
      nodePort?: number;
      protocol?: string;
    }[];
  };
  status?: { loadBalancer?: { ingress?: { ip?: string; hostname?: string }[] } };
}

export interface Workload {
  metadata: Meta;
  spec: {
    replicas?: number;
    selector?: { matchLabels?: Record<string, string> };
    template?: Template;
    volumeClaimTemplates?: unknown[];
  };
  status: { desiredNumberScheduled?: number };
}

export function condition(conditions: readonly Condition[] | undefined, type: string): string {
  return conditions?.find((each) => each.type === type)?.status ?? 'Unknown';
}
