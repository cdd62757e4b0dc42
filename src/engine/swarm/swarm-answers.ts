/** What a manager of a swarm answers, as far as it is used. */
import type { Labels } from '../docker/docker-answers.ts';

/** One entry of `GET /tasks`. */
export interface Task {
  ID: string;
  CreatedAt?: string;
  ServiceID: string;
  NodeID?: string;
  /** From 1; absent for a service that has a task on every node. */
  Slot?: number;
  DesiredState: string;
  Status: {
    State: string;
    Err?: string;
    ContainerStatus?: { ContainerID?: string; ExitCode?: number } | null;
  };
  Spec?: { ContainerSpec?: { Labels?: Labels | null } | null } | null;
}

/** One entry of `GET /nodes`. */
export interface SwarmNode {
  ID: string;
  Version: { Index: number };
  Spec: {
    Name?: string;
    Labels?: Labels | null;
    Role?: string;
    Availability: string;
  };
  Description?: { Hostname?: string };
  /** `ready`, `down`, `unknown`, `disconnected`. */
  Status: { State: string; Addr?: string };
  ManagerStatus?: { Leader?: boolean; Reachability?: string } | null;
}

/** One entry of `GET /services`. */
export interface Service {
  ID: string;
  Version: { Index: number };
  Spec: {
    Name: string;
    Labels?: Labels | null;
    TaskTemplate?: {
      RestartPolicy?: { Condition?: string } | null;
      ContainerSpec?: ContainerSpec | null;
    };
    Mode?: {
      Replicated?: { Replicas?: number } | null;
      Global?: object | null;
      ReplicatedJob?: object | null;
      GlobalJob?: object | null;
    };
  };
  Endpoint?: {
    VirtualIPs?: { NetworkID?: string; Addr?: string }[] | null;
    Ports?: PortConfig[] | null;
  };
}

/** `GET /configs/ID`. */
export interface Config {
  ID: string;
  Version: { Index: number };
  /** Nothing of it but its labels can be changed. */
  Spec: { Name: string; Labels?: Labels | null; Data?: string };
}

/** How the containers of a service are made. */
export interface ContainerSpec {
  Image?: string;
  Command?: string[] | null;
  Args?: string[] | null;
  Healthcheck?: Healthcheck | null;
  Mounts?: { Type?: string }[] | null;
}

/** Times in nanoseconds. */
export interface Healthcheck {
  Test?: string[] | null;
  Interval?: number;
  Retries?: number;
  StartPeriod?: number;
}

export interface PortConfig {
  Protocol?: string;
  TargetPort: number;
  PublishedPort?: number;
  /** `ingress`, `host`. */
  PublishMode?: string;
}

/** By this label Docker says which stack something was deployed with. */
export const STACK_LABEL = 'com.docker.stack.namespace';
/** By this one it says which task a container is. */
export const TASK_LABEL = 'com.docker.swarm.task.id';
