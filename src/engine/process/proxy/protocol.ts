/**
 * What the engine and the proxy say to each other. The proxy relays the declared ports of a stack's processes to the ports
 * that these really listen on; it is a program of its own, and imports nothing that it can do without. Pure.
 */
import type { HttpEffect } from '../../../fault/http-effect.ts';
import type { NetworkEffect } from '../../../fault/network-effect.ts';

/** Written by the engine, one file an instance (`routes/ID.json`). */
export interface Route {
  /** The declared port, which clients know. */
  listen: number;
  /** The port that the process was given. */
  to: number;
}

export type Traffic = Exclude<NetworkEffect, { does: 'no_dns' }>;

/** One effect of a live fault. */
export interface Rule<E> {
  /** `f3`. */
  fault: string;
  effect: E;
  /** Epoch milliseconds from which on it does not hold any more; null: until it is taken away. */
  until: number | null;
}

/** All that disturbs one instance, by the ability that asked for it. Kept by the proxy in `rules/ID.json`, for its next life. */
export interface Rules {
  network: Rule<Traffic>[];
  http: Rule<HttpEffect>[];
}
export type RulesOn = keyof Rules;

/** One line of JSON a connection, and one line of answer. */
export type Ask = { token: string } & (
  | { ask: 'status' }
  /** The files of the routes have changed. */
  | { ask: 'load' }
  /** The process may have begun or ended: look at once. */
  | { ask: 'look'; id: string }
  | { [On in RulesOn]: { ask: 'set'; id: string; on: On; rules: Rules[On] } }[RulesOn]
);

export interface RouteStatus extends Route {
  /** `open`: clients are let in. `waiting`: nobody listens where they would be led. `closed`: a rule has it so. */
  state: 'open' | 'waiting' | 'closed';
  /** What keeps it from listening: `EADDRINUSE`. */
  problem: string | null;
  connections: number;
  /** Faults whose rules hold at this moment. */
  holding: { [On in RulesOn]: string[] };
}

export interface ProxyStatus {
  pid: number;
  routes: Record<string, RouteStatus>;
}

export type Answer = ProxyStatus | { error: string };

/** Where the proxy is asked; written by the proxy, 0600, in the folder of its generation. */
export interface ControlFile {
  pid: number;
  port: number;
  token: string;
}
export const CONTROL_FILE = 'control.json';

/** The proxy is started with the folder that holds `routes` and `rules`. */
export const ROUTES = 'routes';
export const RULES = 'rules';
