/** A workload as other rooms see it: checked, with every default filled in. `file/workload/` makes it from a story's text. */
import type { Command } from '../terms/command.ts';

/** One stretch of a changing rate: linear, from what it was before. */
export interface Ramp {
  /** Operations a second. */
  to: number;
  over_ms: number;
}

/** How much, where to, and how long an operation may take. */
export type PaceSpec = {
  /** Operations a second, from the start; an open model: they are issued whether or not earlier ones came back. */
  rate: number;
  /** Begins at `rate`, one after the other; the last one's rate holds. Empty: `rate` from beginning to end. */
  ramp: Ramp[];
  /** To each target. */
  connections: number;
  timeout_ms: number;
  max_in_flight: number;
  /** How several targets are used. */
  balance: 'round_robin' | 'failover';
};

/** What is drawn for an operation. Texts may hold placeholders; see `placeholders.ts`. */
export type DrawSpec = {
  /** Size of the key space: `{{key}}` goes from 0 to one less. */
  keys: number;
  /** An unsigned 32-bit integer; null: a new one each time. */
  seed: number | null;
};

/** What the three kinds that speak a protocol share: operations in that kind's own words. */
type MixSpec<Operation> = {
  urls: string[];
  /** Drawn by weight; at least one. */
  mix: (Operation & { weight: number })[];
  /** In this order, before the load begins; one with `{{key}}` is done for every key. */
  setup: Operation[];
  /** Every acknowledged write (an operation with `{{key}}` and `{{value}}`) is read back by it when the load ends. Writes then take the keys in turn. */
  verify: { read: Operation; within_ms: number } | null;
} & DrawSpec &
  PaceSpec;

export interface HttpOperation {
  method: string;
  /** In place of the URL's own path and query; null: those. */
  path: string | null;
  headers: Record<string, string>;
  body: string | null;
  /** null: any from 200 to 399. */
  expect_status: number | null;
  /** A text that must be in the answer's body. */
  expect_body: string | null;
}

export interface TlsSpec {
  /** Absolute path of a file with the certificates that are trusted, in place of the well-known ones. */
  ca: string | null;
  /** Any certificate will do. */
  insecure: boolean;
  /** The name that is asked for, and that the certificate must have; null: the URL's host. */
  server_name: string | null;
}

export interface RedisOperation {
  /** The command and its arguments. */
  command: string[];
}

export interface PostgresOperation {
  /** One SQL statement. */
  query: string;
}

export type HttpSpec = {
  kind: 'http';
  tls: TlsSpec | null;
  keep_alive: boolean;
} & MixSpec<HttpOperation>;
export type RedisSpec = { kind: 'redis' } & MixSpec<RedisOperation>;
export type PostgresSpec = { kind: 'postgres' } & MixSpec<PostgresOperation>;
export type TcpSpec = { kind: 'tcp'; addresses: { host: string; port: number }[] } & PaceSpec;

/** `setup`: a program that is run once, before the other one; null: none. */
export type CommandSpec = {
  kind: 'command';
  command: Command;
  pattern: string;
  setup: { command: Command; timeout_ms: number } | null;
};

/** `use`: what a plugin calls its load, or the path of a module; `with`: what it is told, unchecked. */
export type PluginSpec = {
  kind: 'plugin';
  use: string;
  with: Record<string, unknown>;
  seed: number | null;
} & PaceSpec;

export type WorkloadSpec =
  | HttpSpec
  | RedisSpec
  | PostgresSpec
  | TcpSpec
  | CommandSpec
  | PluginSpec
  /** No load at all: the curve of the demo this grew from, always labelled as simulated. */
  | { kind: 'simulated'; baseline: number };
