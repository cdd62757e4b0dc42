/** A probe as the story has it: one yes/no or numeric look at the stack, and what is expected of it. */

import type { InstanceRow } from '../fault/instance.ts';
import type { Command } from '../terms/command.ts';
import type { ExpectedValue } from '../terms/expected-value.ts';

/** What is expected of a number; `pattern`: a regular expression whose first group is the number, null where the text holds one number. */
interface NumberExpected {
  expect_value: ExpectedValue | null;
  pattern: string | null;
}

/** Name -> value, sent with the request; never shown or written down. */
type Headers = Record<string, string>;

export type HttpLook = {
  look: 'http';
  url: string;
  headers: Headers;
  expect_status: number | null;
  expect_body: string | null;
} & NumberExpected;
export type TcpLook = { look: 'tcp'; host: string; port: number };
export type PrometheusLook = {
  look: 'prometheus';
  /** Of the server; the query API is below it. */
  url: string;
  headers: Headers;
  query: string;
  expect_value: ExpectedValue;
  /** Whether a query that finds nothing counts as met. */
  when_empty: 'met' | 'not_met';
};
export type CommandLook = {
  look: 'command';
  command: Command;
  expect_output: string | null;
} & NumberExpected;
export type ContainerLook = {
  look: 'container';
  /** Null: every one. */
  service: string | null;
  /** With neither of the two, an instance must run and its health check, if any, must be met. */
  state: InstanceRow['state'] | null;
  health: InstanceRow['health'] | null;
  /** Restarts by the restart policy since the run, the last fault or the last recovery began, whichever is newest. */
  max_restarts: number | null;
  oom_killed: boolean | null;
};
export type LogLook = {
  look: 'log';
  service: string | null;
  /** Regular expressions; exactly one of the two. */
  must_show: string | null;
  must_not_show: string | null;
  /** From when on the lines count. In the steady state they are always those since the look before. */
  since: 'run' | 'chapter' | 'fault';
};

export type NetworkLook = HttpLook | TcpLook | PrometheusLook;

export type ProbeSpec = {
  name: string;
  /** As long as one look may take. */
  timeout_ms: number;
  /** Tried again until it is met or this time is over; 0: one look. */
  retry_for_ms: number;
  /** From the beginning of one look to that of the next. */
  interval_ms: number;
} & (NetworkLook | CommandLook | ContainerLook | LogLook);

export type ProbeOf<Look extends ProbeSpec['look']> = Extract<ProbeSpec, { look: Look }>;

/** What one look found. */
export interface Look {
  met: boolean;
  /** May be recorded: no line of a log is in it, and nothing that signs in. */
  text: string;
  /** Shown with it, and never written down. */
  lines?: string[];
}
