/**
 * The one table of how a command can end. Exit codes, help, docs and tests are made from it.
 * Lacks on purpose: any wording that names a target; that is the business of who refuses.
 */

/** Exit code -> what it means to a shell script. */
export const EXITS = {
  0: 'done',
  1: 'a bug of gameday: the version, the path of the journal and how to report it are printed',
  2: 'usage: a bad flag or argument, or an invalid story',
  3: 'end of the story: there is nothing to advance to',
  4: 'refused: another command holds the run, a chapter blocks, or a guard said no',
  5: 'no target matched',
  6: 'engine error, and surely nothing was changed',
  7: 'engine error, and something may have been changed: `fault recover`',
  8: 'steady state not met: the hypothesis deviated',
  9: 'recovered, but not verified within the time given',
  129: 'ended by SIGHUP',
  130: 'ended by SIGINT (Ctrl-C)',
  143: 'ended by SIGTERM',
} as const;

export type Exit = keyof typeof EXITS;

/** Error code, as `--json` prints it -> its exit code and what happened. */
export const CODES = {
  bug: { exit: 1, means: 'gameday itself failed' },
  usage: { exit: 2, means: 'a flag or an argument is wrong' },
  invalid_story: {
    exit: 2,
    means: 'the story file has problems; each is listed with line and column',
  },
  story_not_found: { exit: 2, means: 'the story file named does not exist or cannot be read' },
  unknown_kind: { exit: 2, means: 'there is no fault of that kind' },
  unknown_fault: { exit: 2, means: 'no fault has that id in this run' },
  unknown_run: { exit: 2, means: 'no run has that id in this folder' },
  unknown_chapter: { exit: 2, means: 'the story has no such chapter' },
  not_portable: {
    exit: 2,
    means: 'the experiment has something that a story cannot say; each is named',
  },
  old_node: { exit: 2, means: 'this Node.js is too old for gameday (`story doctor`)' },
  file_exists: { exit: 2, means: 'the file is there already and is never overwritten' },
  unsupported_stack: {
    exit: 2,
    means: 'the stack cannot be driven: its Compose file or story lacks something',
  },
  end_of_story: { exit: 3, means: 'the last chapter has been entered' },
  run_busy: { exit: 4, means: 'another command holds the run' },
  stack_unfinished: {
    exit: 4,
    means: 'a command that was stopping the services was cut off; some may be down',
  },
  chapter_blocks: { exit: 4, means: 'the current chapter blocks until its actions have ended' },
  other_story: { exit: 4, means: 'the run in this folder belongs to another story or stack' },
  other_engine: {
    exit: 4,
    means: 'what was recorded on one engine is not on the engine that is asked now',
  },
  stack_claimed: {
    exit: 4,
    means: 'another run, maybe on another machine, breaks or loads the same stack',
  },
  protected: { exit: 4, means: 'the story, or a label of the container, protects this target' },
  last_healthy: { exit: 4, means: 'it would take the last healthy instance of a service' },
  max_unavailable: {
    exit: 4,
    means: 'more of one service would be unavailable at once than blast_radius allows',
  },
  production: {
    exit: 4,
    means: 'the stack or the engine looks like production, as the story says',
  },
  shared_disk: { exit: 4, means: 'it would fill a disk that others use as well' },
  blast_radius: { exit: 4, means: 'more targets than the story allows to be broken at once' },
  already_faulted: { exit: 4, means: 'a live fault already has hold of this target' },
  unsupported_target: { exit: 4, means: 'this fault cannot safely be done to this target' },
  remote_engine: { exit: 4, means: 'the engine is not local and --allow-remote was not given' },
  halted: {
    exit: 4,
    means: 'somebody halted all faults; nothing is injected until `fault resume`',
  },
  hook_refused: {
    exit: 4,
    means: "the story's before_inject said no, failed or hung; nothing was changed",
  },
  not_confirmed: { exit: 4, means: 'the answer to "go on?" was no' },
  journal_damaged: {
    exit: 4,
    means: 'a line of the journal cannot be read; the file is left untouched',
  },
  journal_older: {
    exit: 4,
    means: 'the journal was written by an older gameday, and this one cannot read it',
  },
  journal_newer: { exit: 4, means: 'the journal was written by a newer gameday' },
  state_unwritable: {
    exit: 4,
    means: 'the state folder cannot be written: read-only, full, or not yours',
  },
  not_trusted: {
    exit: 4,
    means: 'a story or a state folder that was found here belongs to somebody else',
  },
  no_run: { exit: 4, means: 'no run has begun in this folder' },
  no_baseline: { exit: 4, means: 'the earlier run has nothing that could be compared with' },
  no_workload: { exit: 4, means: 'no workload is running that could be watched' },
  nothing_to_retry: { exit: 4, means: 'no chapter has been entered yet' },
  setup_failed: {
    exit: 4,
    means: "an operation of the workload's set-up failed, so the workload was not started",
  },
  watchdog_silent: {
    exit: 4,
    means:
      'the watchdog, which ends faults in time and measures, does not answer; no fault was begun',
  },
  watchdog_runs: {
    exit: 4,
    means: 'a watchdog of this run is at work in the background, and two never run',
  },
  watchdog_gone: {
    exit: 4,
    means:
      'the watchdog that would end a fault in time is gone (`story doctor`); the next command starts it again',
  },
  unguarded: {
    exit: 4,
    means:
      '`fault list --exit-code`: nobody ends a live fault in time, or its limit is over and it is still live',
  },
  sick_stack: { exit: 4, means: 'the steady state is not met before the fault' },
  no_target: { exit: 5, means: 'the selector matches no running instance' },
  stack_down: { exit: 5, means: 'no instance of the stack is running' },
  engine_unreachable: { exit: 6, means: 'the engine does not answer' },
  engine_failed: { exit: 6, means: 'the engine refused, and surely nothing was changed' },
  engine_uncertain: {
    exit: 7,
    means: 'the engine failed midway, and something may have been changed',
  },
  action_failed: { exit: 8, means: 'a program of the story ended with an error' },
  deviated: {
    exit: 8,
    means:
      'a probe, a steady-state threshold or a hypothesis was not met, or acknowledged writes were lost',
  },
  aborted: {
    exit: 8,
    means: 'a condition of abort_if held while a fault was live; every fault was recovered at once',
  },
  not_verified: { exit: 9, means: 'the undo was done, but the target is not verified to be well' },
  hung_up: { exit: 129, means: 'ended by SIGHUP' },
  interrupted: { exit: 130, means: 'ended by SIGINT' },
  terminated: { exit: 143, means: 'ended by SIGTERM' },
} as const satisfies Record<string, { exit: Exit; means: string }>;

export type Code = keyof typeof CODES;

/** One thing wrong in a story file. `line` and `column` count from 1; 0 where the place is unknown. */
export interface Problem {
  /** Which file, where it is not the only one that could be meant. */
  file?: string | null;
  line: number;
  column: number;
  path: string;
  message: string;
  hint: string | null;
}

/**
 * A refusal or an expected error: the user's business, not a bug.
 * `next` is the next command or step to type, without the bin's name in front (`fault recover`), or a plain sentence.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: Code;
  readonly next: string;
  readonly problems: readonly Problem[];
  /** The figures behind the message, for `--json`. */
  readonly data: Record<string, unknown> | null;

  constructor(
    code: Code,
    message: string,
    next: string,
    problems: readonly Problem[] = [],
    options?: ErrorOptions & { data?: Record<string, unknown> },
  ) {
    super(message, options);
    this.data = options?.data ?? null;
    this.code = code;
    this.next = next;
    this.problems = problems;
  }

  get exit(): Exit {
    return CODES[this.code].exit;
  }
}

/** A failure of an engine. `definite`: it surely did not happen; otherwise it may have. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly definite: boolean;
  /** HTTP status, errno or null. */
  readonly reason: string | number | null;
  readonly next: string;

  constructor(
    message: string,
    detail: { definite: boolean; reason?: string | number | null; next: string },
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.definite = detail.definite;
    this.reason = detail.reason ?? null;
    this.next = detail.next;
  }
}

/** An error as `--json` prints it. */
export interface ErrorReport {
  code: Code;
  message: string;
  next: string;
  exit: Exit;
  problems?: readonly Problem[];
  data?: Record<string, unknown>;
}

/** What is said of an error that is not a bug; null for a bug. */
export function errorReport(error: unknown): ErrorReport | null {
  if (error instanceof Refusal) {
    const { code, message, next, exit, problems, data } = error;
    return {
      code,
      message,
      next,
      exit,
      ...(problems.length > 0 && { problems }),
      ...(data && { data }),
    };
  }
  if (error instanceof EngineError) {
    const code = error.definite ? 'engine_failed' : 'engine_uncertain';
    return { code, message: error.message, next: error.next, exit: CODES[code].exit };
  }
  return null;
}
