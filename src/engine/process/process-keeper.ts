/**
 * The keeper: a `sh` of a few lines, one for each instance, that is the command's parent. It survives the CLI, takes the
 * exit code, and restarts under `restart: always`. A shell weighs one MB where a node process weighs forty.
 *
 * Who may start is settled by one file, `permit`. Whoever starts something records itself first and looks at the permit
 * second; whoever stops takes the permit away first and reads the records second. So one of the two always sees the
 * other, and a SIGKILL of anybody at any line leaves nothing that runs unrecorded.
 *
 * The command has no stdin and ignores SIGINT, as every job in the background of a shell; nothing here sends it that.
 *
 * The script is a file in the generation's own folder, so that a line of `ps` names the instance, what becomes of it and its
 * command, and that an update or the removal of gameday takes nothing away from under a stack that runs.
 *
 * Files of one generation (a start that was asked for), each written with one write and whole only with its last newline:
 * `keeper` and `N.command` hold pid, boot and start time (the modification time of `N.command` is when it started),
 * `N.exit` the exit code of the N-th time the command ran. No word of the story is ever part of the script's text.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Set for the command and what it starts, so that its children can be told from strangers when it is gone. */
export const MARK = 'GAMEDAY_GENERATION';

/** Linux has /proc; elsewhere `ps` says when this shell started, in the zone and language of `process-table.ts`. */
const RECORD = `
gameday_record() {
  if { read -r gameday_start </proc/$$/stat; } 2>/dev/null; then
    read -r gameday_boot </proc/sys/kernel/random/boot_id
  else
    gameday_boot=
    gameday_start=$(LC_ALL=C TZ=UTC0 command -p ps -o lstart= -p $$)
  fi
  printf '%s\\n' "$$" "$gameday_boot" "$gameday_start" "$2" >"$1"
}`;

/** Which time it runs, the umask of the user, then the command, which this process becomes. */
const LAUNCH = `
gameday_launch() {
  gameday_record "$gameday_folder/$1.command" "" || exit 125
  [ -e "$gameday_folder/permit" ] || exit 125
  umask "$2"
  shift 2
  exec "$@"
}`;

/**
 * The restart policy, then the command.
 * The command leads a process group of its own: by `setsid`, or where that is missing (macOS) by the job control of bash.
 * When it has ended, what it leaves in its group ends too, as in a container; the group's number cannot be anybody
 * else's so soon. The pauses between restarts are Docker's: 100 ms, doubled up to a minute, from the start again after 10 s.
 * What the shell itself says of the death (`Killed`) is not the command's word, and is dropped.
 * Somebody who asked for the end (`N.asked`) has two seconds to take the permit away.
 */
const KEEP = `
gameday_keep() {
  gameday_policy=$1
  shift
  gameday_umask=$(umask)
  umask 077
  gameday_record "$gameday_folder/keeper" "$gameday_policy" || exit 125
  gameday_run=0 gameday_pause=100
  while [ -e "$gameday_folder/permit" ]; do
    gameday_run=$((gameday_run + 1))
    gameday_since=$(command -p date +%s)
    if [ -n "$gameday_setsid" ]; then
      "$gameday_setsid" "$gameday_shell" "$0" launch "$gameday_run" "$gameday_umask" "$@" &
    else
      set -m
      case $- in *m*) ;; *) echo 'gameday needs setsid, or an sh with job control' >&2; exit 125 ;; esac
      "$gameday_shell" "$0" launch "$gameday_run" "$gameday_umask" "$@" &
      set +m
    fi
    { wait $!; gameday_code=$?; } 2>/dev/null
    { read -r gameday_pid <"$gameday_folder/$gameday_run.command" && kill -s KILL -- "-$gameday_pid"; } 2>/dev/null
    printf '%s\\n' "$gameday_code" >"$gameday_folder/$gameday_run.exit"
    [ "$gameday_policy" = always ] && [ -e "$gameday_folder/permit" ] || exit 0
    [ $(($(command -p date +%s) - gameday_since)) -lt 10 ] || gameday_pause=100
    gameday_sleep=$gameday_pause
    [ -e "$gameday_folder/$gameday_run.asked" ] && gameday_sleep=2000
    command -p sleep "$((gameday_sleep / 1000)).$(printf %03d $((gameday_sleep % 1000)))" || exit 1
    gameday_pause=$((gameday_pause * 2))
    [ $gameday_pause -le 60000 ] || gameday_pause=60000
    gameday_old=$gameday_folder/$((gameday_run - 1))
    command -p rm -f "$gameday_old.command" "$gameday_old.exit" "$gameday_old.asked"
  done
}`;

/**
 * The whole script, which `sh` reads to its end before it does anything, so that nothing that becomes of the file is felt.
 * Its folder is the generation's. Its words are `launch` and those of LAUNCH, or those of KEEP.
 */
function scriptOf({ shell, setsid }: Tools): string {
  const quote = (word: string) => `'${word.replaceAll("'", String.raw`'\''`)}'`;
  return `# gameday keeps one process of a stack with this script: it starts it, and writes down how it ended.
{
gameday_folder=\${0%/*} gameday_shell=${quote(shell)} gameday_setsid=${quote(setsid)}
${RECORD}
${LAUNCH}
${KEEP}
if [ "$1" = launch ]; then shift; gameday_launch "$@"; else gameday_keep "$@"; fi
exit
}
`;
}

export interface KeeperOrder {
  /** Absolute; made here, 0700. Its last part is unique for all time, since a late keeper must not find another's permit. */
  folder: string;
  command: readonly string[];
  working_dir: string;
  env: Record<string, string>;
  restart: 'no' | 'always';
  /** An open file; the output of the command and the complaints of the shell go there. */
  log: number;
}

/** What the keeper is made of here. Without `setsid` the shell must be one with job control off a terminal: bash is, dash is not. */
export interface Tools {
  shell: string;
  /** Empty where there is none. */
  setsid: string;
}

function findTools(): Tools {
  return {
    shell: '/bin/sh',
    setsid: ['/usr/bin/setsid', '/bin/setsid'].find((path) => existsSync(path)) ?? '',
  };
}

/**
 * Starts a keeper in a session of its own and returns; it records itself. `gone` settles when it ends while this process
 * lives. Throws what the file system or the system says, with nothing started.
 */
export function startKeeper(
  order: KeeperOrder,
  tools: Tools = findTools(),
): { gone: Promise<string> } {
  mkdirSync(order.folder, { mode: 0o700 });
  const script = join(order.folder, 'keeper.sh');
  writeFileSync(script, scriptOf(tools), { mode: 0o600 });
  writeFileSync(join(order.folder, 'permit'), '', { mode: 0o600 });
  const child = spawn(tools.shell, [script, order.restart, ...order.command], {
    cwd: order.working_dir,
    detached: true,
    env: { ...process.env, ...order.env },
    stdio: ['ignore', order.log, order.log],
  });
  child.unref();
  const gone = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  return { gone };
}
