/**
 * The scripts of the helpers that carry a load. Each waits outside of the target's control groups, so that no pause or limit of the
 * target stops its clock, and ends what it started there, and itself, when its time is up or it is told to.
 */
import type { Instance } from '../../fault/instance.ts';
import { JOIN, placeOfGroup } from './control-groups.ts';

const FILLED = '/mnt/fill';

/** Of the machine such a helper sees the target's own control groups alone. `memory`: bytes that it may take. */
export function rightsOf(
  { id }: Instance,
  groups: readonly string[],
  memory?: number,
): Record<string, unknown> {
  return {
    PidMode: `container:${id}`,
    CgroupnsMode: 'host',
    Mounts: groups.map((Source, index) => ({ Type: 'bind', Source, Target: placeOfGroup(index) })),
    ...(memory !== undefined && { Tmpfs: { [FILLED]: `mode=0700,size=${memory}` } }),
  };
}

/**
 * Its first line is what `ps` shows. `$1`: seconds until it ends by itself. A worker that is left alone, its starter having been killed, ends at once. What of its
 * processor time it has used the kernel counts in hundredths of a second.
 */
const STAND = `# gameday: a load on this container, which ends by itself
${JOIN}
workers=
end() { trap '' TERM; [ -z "$workers" ] || kill -KILL $workers 2>/dev/null; wait; exit "$1"; }
fail() { echo "$1" >&2; sleep 2; end 45; }
trap 'end 0' TERM
now() { read -r up rest </proc/uptime; now=\${up%.*}\${up#*.}; }
is_alone() { ! kill -0 $$ 2>/dev/null; }
stand() {
  echo ready
  while now; [ "$now" -lt "$until" ]; do
    sleep 1 &
    wait $!
    for each in $workers; do kill -0 "$each" 2>/dev/null || end 45; done
    "$@" || end 46
  done
  end 0
}
now; until=$((now + $1 * 100))`;

/** `$2`: how many are busy all the time; `$3`: hundredths of its time that one more is busy. */
export const BUSY = `${STAND}
spin() { n=0; while [ $n -lt 8000 ]; do n=$((n + 1)); done; }
used() { read -r line </proc/self/stat; set -- \${line##*) }; used=$((\${12} + \${13})); }
busy() {
  join || exit 47
  until is_alone; do spin; done
}
partly() {
  join || exit 47
  until is_alone; do
    now; begun=$now; used; before=$used
    while ! is_alone && now && [ $((now - begun)) -lt 1000 ]; do
      used
      if [ $(((used - before) * 100)) -lt $(((now - begun) * $1)) ]; then spin; else sleep 0.05; fi
    done
  done
}
count=0
while [ $count -lt "$2" ]; do busy & workers="$workers $!"; count=$((count + 1)); done
[ "$3" -eq 0 ] || { partly "$3" & workers="$workers $!"; }
sleep 0.1
stand true`;

/**
 * `$2`: MB; `$3`: KB of the machine's memory that are left to the others. What is written lies in a file system in memory that takes
 * no more than that, and counts as the target's. It is given back where the machine runs short.
 */
export const FILL = `${STAND}
free() { while read -r name free rest; do [ "$name" != MemAvailable: ] || break; done </proc/meminfo; }
is_short() { free; [ "$free" -lt "$1" ]; }
has_room() { ! is_short $(($1 / 2)); }
fill() {
  join || exit 47
  done=0
  while [ $done -lt "$1" ]; do
    is_alone && exit 45
    is_short "$2" && exit 46
    size=$(($1 - done)); [ $size -le 16 ] || size=16
    dd if=/dev/zero bs=1048576 count=$size 2>/dev/null >>${FILLED}/taken || exit 45
    done=$((done + size))
  done
}
fill "$2" "$3" & workers=$!
wait $!
code=$?
workers=
case $code in
  0) ;;
  46) fail 'the machine has not enough memory left for the others' ;;
  *) fail 'the kernel gave it no more memory' ;;
esac
stand has_room "$3"`;

/** Says whether processes can be made to count as the target's. */
export const TRY = `${JOIN}
(join) || exit 47`;
