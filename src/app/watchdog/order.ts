/** What a watchdog is told at its start: which run to watch, and how to find its story and stack again. */
export interface WatchdogOrder {
  version: string;
  stateDir: string;
  run: string;
  cwd: string;
  story: string | null;
  engine: string;
  project: string | null;
  files: string[];
  allowRemote: boolean;
  workloadModule: string | null;
}
