/** What a helper does to one file or folder, as texts for /bin/sh, and what its exit codes and words mean. */

/** Exit codes of EXAMINE_FILE. There is no such path; a link stands on the way to it. */
export const NOTHING_THERE = 44;
export const LINK_THERE = 46;

/**
 * Among the processes of the target: `$1` the path. A link would lead into the helper's own files, and is none that a name
 * could be taken from. The processes are those that have the target's files, and not the helper's.
 */
export const EXAMINE_FILE = `
root=/proc/1/root
at=
set -f; IFS=/
for part in $1; do
  [ -n "$part" ] || continue
  at=$at/$part
  [ ! -L "$root$at" ] || { echo "$at"; readlink "$root$at"; exit ${LINK_THERE}; }
done
unset IFS; set +f
[ -e "$root$1" ] || exit ${NOTHING_THERE}
stat -c '%i %f %u %g' "$root$1" || exit 1
marks=$(lsattr -d "$root$1" 2>/dev/null)
echo "\${marks%% *}"
echo processes:
files=$(readlink /proc/1/ns/mnt)
for each in /proc/[0-9]*; do
  [ "$(readlink "$each/ns/mnt" 2>/dev/null)" = "$files" ] || continue
  grep -E '^(Uid|Gid|Groups|CapEff):' "$each/status" 2>/dev/null
done
echo mounts:
cat /proc/1/mountinfo`;

/** Exit codes of CHANGE_FILE. Nothing was changed: it is not what it was when it was looked at. */
export const NOT_THE_SAME = 47;
/** Not undone: somebody has put another in its place. */
export const TAKEN = 48;
/** Not undone: a folder on the way is hidden by another fault. */
export const HELD = 49;

/**
 * `$1` do, undo or look; `$2` the folder; `$3` the name; `$4` the inode, empty: any; `$5` name, mode or mark; `$6` the other
 * name, or the bits in octal digits. Each act is one call of the kernel, so that there is nothing in between to die in. `look` prints one word.
 */
export const CHANGE_FILE = `
act=$1 folder=$2 name=$3 inode=$4 change=$5 with=$6
there() { [ -e "$1" ] || [ -L "$1" ]; }
# In a layer that is not mounted: what stands for a file that was renamed away.
whiteout() { [ "$(stat -c %F:%t:%T "$1" 2>/dev/null)" = "character special file:0:0" ]; }
taken() { there "$1" && ! whiteout "$1"; }
same() { there "$1" && [ ! -L "$1" ] && { [ -z "$inode" ] || [ "$(stat -c %i "$1")" = "$inode" ]; }; }
marked() { case $(lsattr -d "$1" 2>/dev/null | cut -d' ' -f1) in *i*) return 0 ;; esac; return 1; }
bits() { echo $((0$(stat -c %a "$file") & 0$with)); }
move() { mv -fT "$1" "$2" && there "$2" && ! there "$1"; }

if ! cd "$folder" 2>/dev/null; then
  [ "$act" != do ] || exit ${NOT_THE_SAME}
  while [ ! -d "$folder" ]; do folder=\${folder%/*}; done
  for each in "$folder"/.gameday-*; do
    there "$each" || continue
    [ "$act" = undo ] && exit ${HELD}
    echo in_force; exit 0
  done
  [ "$act" = undo ] || echo lost
  exit 0
fi

if [ "$change" = name ]; then
  case $act in
    do)
      there "$with" && exit 0
      same "$name" || exit ${NOT_THE_SAME}
      move "$name" "$with" || exit 1 ;;
    undo)
      there "$with" || exit 0
      taken "$name" && exit ${TAKEN}
      mv -fT "$with" "$name" || exit 1 ;;
    look)
      if there "$with"; then taken "$name" && echo taken || echo in_force
      elif same "$name"; then echo absent
      elif there "$name"; then echo other
      else echo lost; fi ;;
  esac
  exit 0
fi

file=
for each in "$name" .gameday-*; do
  [ -n "$inode" ] || [ "$each" = "$name" ] || continue
  same "$each" && file=$each && break
done
if [ -z "$file" ]; then
  [ "$act" != do ] || exit ${NOT_THE_SAME}
  [ "$act" != look ] || { there "$name" && echo other || echo lost; }
  exit 0
fi
case $change:$act in
  mark:do) marked "$file" || chattr +i "$file" || exit ${NOT_THE_SAME} ;;
  mark:undo) ! marked "$file" || chattr -i "$file" || exit 1 ;;
  mark:look) marked "$file" && echo in_force || echo absent ;;
  mode:do) [ $(bits) != $((0$with)) ] || chmod $(printf %o $((0$(stat -c %a "$file") & ~0$with))) "$file" || exit ${NOT_THE_SAME} ;;
  mode:undo) [ $(bits) != 0 ] || chmod $(printf %o $((0$(stat -c %a "$file") | 0$with))) "$file" || exit 1 ;;
  mode:look) case $(bits) in 0) echo in_force ;; $((0$with))) echo absent ;; *) echo partly ;; esac ;;
esac
exit 0`;

/** What `look` prints: as meant, as before, somebody's own file in its place beside the hidden one, another file, other bits, nothing. */
export type FileLook = 'in_force' | 'absent' | 'taken' | 'other' | 'partly' | 'lost';
