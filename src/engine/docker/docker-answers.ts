/** What the Docker engine answers, as far as it is used. */

export type Labels = Record<string, string>;

/** One entry of `GET /containers/json`, as far as it is used. */
export interface ListedContainer {
  Id: string;
  Names?: string[] | null;
  Labels?: Labels | null;
  State?: string;
  /** `Up 5 minutes (healthy)`. */
  Status?: string;
  /** From API 1.52 on. */
  Health?: { Status?: string } | null;
  /** Seconds since 1970, by the engine's clock. */
  Created?: number;
  HostConfig?: { NetworkMode?: string } | null;
  NetworkSettings?: { Networks?: Record<string, Endpoint | null> | null } | null;
}

/** A container on one network. */
export interface Endpoint {
  NetworkID?: string;
  IPAddress?: string;
  GlobalIPv6Address?: string;
  Aliases?: string[] | null;
  /** What somebody asked for, handed on as it is. */
  IPAMConfig?: unknown;
  Links?: unknown;
  DriverOpts?: unknown;
  GwPriority?: unknown;
}

/** Of a container, as far as it is used. */
export interface Mount {
  /** `volume`, `bind`, `tmpfs`. */
  Type?: string;
  /** Of a volume. */
  Name?: string;
  Source?: string;
  Destination?: string;
  /** False: read-only. */
  RW?: boolean;
}

/** `GET /containers/ID/json`, as far as it is used. */
export interface InspectedContainer {
  Id: string;
  Name?: string;
  Image: string;
  Mounts?: Mount[] | null;
  /** Folders of the engine's machine; not every store says them. */
  GraphDriver?: { Data?: { UpperDir?: string } | null } | null;
  RestartCount?: number;
  State: {
    Status?: string;
    OOMKilled?: boolean;
    Pid?: number;
    ExitCode?: number;
    StartedAt?: string;
    FinishedAt?: string;
    Health?: { Status?: string; Log?: { Start: string; ExitCode: number }[] | null } | null;
  };
  Config: {
    /** Its name. */
    Image?: string;
    Tty?: boolean;
    Labels?: Labels | null;
    StopTimeout?: number | null;
    /** Times in nanoseconds; 0: the engine's default. */
    Healthcheck?: {
      Test?: string[] | null;
      Interval?: number;
      Timeout?: number;
      StartPeriod?: number;
    } | null;
  };
  HostConfig: {
    NanoCpus?: number;
    CpuPeriod?: number;
    CpuQuota?: number;
    Memory?: number;
    MemorySwap?: number;
    RestartPolicy?: { Name?: string; MaximumRetryCount?: number } | null;
    NetworkMode?: string;
    AutoRemove?: boolean;
    Links?: string[] | null;
    /** Whose processes it sees: empty or `private`, its own. */
    PidMode?: string;
    /** Limits of disks that it was made with. */
    BlkioDeviceReadBps?: unknown[] | null;
    BlkioDeviceWriteBps?: unknown[] | null;
  };
  NetworkSettings?: {
    Networks?: Record<string, Endpoint | null> | null;
  };
}

/** `Swarm` of `GET /info`, as far as it is used. */
export interface SwarmState {
  /** Of the node that the engine is; empty where it is part of no swarm. */
  NodeID?: string;
  LocalNodeState?: string;
  /** It is a manager. */
  ControlAvailable?: boolean;
  Cluster?: { ID?: string } | null;
}
