/** A workload as the rest of the house sees it: checked, with every default filled in. `file/workload/` makes it from a story's text. */
import type { Command } from './command.ts';

interface LoadSpec {
  /** Operations a second asked for, from the start; an open model: they are issued whether or not earlier ones came back. */
  rate: number;
  connections: number;
  timeout_ms: number;
  max_in_flight: number;
}

export type WorkloadSpec =
  | ({ kind: 'http'; urls: string[]; method: string; headers: Record<string, string>; body: string | null; expect_status: number | null } & LoadSpec)
  | ({ kind: 'redis'; url: string; command: string[] } & LoadSpec)
  | ({ kind: 'tcp'; host: string; port: number } & LoadSpec)
  | { kind: 'command'; command: Command; pattern: string }
  /** No load at all: the curve of the demo this grew from, always labelled as simulated. */
  | { kind: 'simulated'; baseline: number };
