/**
 * How the containers of a stack differ from how the stack says that they are made, whoever made them differ: a fault, another
 * tool, a hand. Plain data, as an engine hands it out; it stands in no journal.
 */
import type { InstanceRow } from './instance.ts';

export const FINDINGS = [
  'paused',
  /** Starts again and again. */
  'restarting',
  /** Its restart policy would have started it again, had it ended by itself. */
  'stopped',
  /** Nothing starts it again; whether it ended by itself nobody can tell. */
  'ended',
  'never_started',
  /** In a state that we do not know. */
  'state',
  'limits',
  'restart_policy',
  'network_missing',
  'network_added',
  'alias_missing',
  /** A container that is no part of the stack has its network. */
  'network_shared',
  /** Rules in its network. */
  'rules',
  /** A service has fewer containers than it is to have. */
  'container_missing',
  /** Of no service of the stack. */
  'service_unknown',
  /** What a gameday that was killed made beside the stack. */
  'leftover',
] as const;

export interface Difference {
  finding: (typeof FINDINGS)[number];
  /** The ability of which an effect may have made it so; null: none of ours does. */
  on: string | null;
  /** The one that made it so, live or not, where it can be read; absent: it cannot. */
  fault?: string;
  /** A sentence without its subject: `may use 0.5 processors, and the Compose file sets no limit`. */
  text: string;
}

export type ComparedInstance = Pick<InstanceRow, 'id' | 'name' | 'service' | 'number' | 'state'> & {
  differences: Difference[];
};

/** What is beside the containers that are there. */
export interface StackDifference extends Difference {
  /** Null: of whatever stack. */
  service: string | null;
  /** What it is about: `web`, or a container's short id. */
  about: string;
}

export interface Comparison {
  /** With what they were compared, for people: `compose.yaml`. */
  with: string;
  /** By service and number. */
  instances: ComparedInstance[];
  beside: StackDifference[];
  /** What was not looked at, and why, as sentences. */
  unlooked: string[];
}
