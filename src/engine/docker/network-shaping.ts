/**
 * What holds packets back on their way out, as queues of the target's devices: one HTB class a fault, under a root of ours.
 * A rule of the fault sends its packets there; what no rule sends goes on as ever. So a fault whose time is up in the kernel
 * has an empty queue, and no effect. Pure.
 */
import type { PacketEffect, ShapeEffect } from '../../fault/network-effect.ts';

/** Of our root; nobody else's queue has it by chance. */
const ROOT = 'c4a0:';
/** How long a packet may wait for its turn, before those behind it are dropped. */
const QUEUE_S = 0.2;
/** A packet of several segments, as the kernel hands them to a device. */
const LARGEST_BYTES = 65_536;

/** The class of a fault, as nft and tc write it: its number. `f31` -> `c4a0:1f`. */
export function classOf(fault: string): string {
  return `${ROOT}${Number(fault.slice(1)).toString(16)}`;
}

export function isShape(effect: PacketEffect): effect is ShapeEffect {
  return effect.does === 'shape';
}

interface Shaped {
  fault: string;
  effect: ShapeEffect;
}

/** For /bin/sh: ends with this exit code where a device has a queue that somebody set. */
export function refuseForeignQueue(devices: string, exitCode: number): string {
  return `
for device in ${devices}; do
  case "$(/usr/sbin/tc qdisc show dev "$device" root)" in
    ''|"qdisc "*" 0: "*|"qdisc htb ${ROOT}"*) ;;
    *) /usr/sbin/tc qdisc show dev "$device" root >&2; exit ${exitCode} ;;
  esac
done`;
}

/** Functions of /bin/sh: `shape` before the rules are there, `unshape` after. `devices`: words of the shell that print them. */
export function shapingScript(shaped: readonly Shaped[], devices: string): string {
  const made = shaped.flatMap(({ fault, effect }) => {
    const id = classOf(fault);
    const rate = `${effect.bits_per_s}bit`;
    return [
      `    $tc class replace dev "$device" parent ${ROOT} classid ${id} htb rate ${rate} ceil ${rate} quantum ${LARGEST_BYTES}`,
      `    $tc qdisc replace dev "$device" parent ${id} ${queueOf(effect)}`,
    ];
  });
  const wanted = shaped.map(({ fault }) => `${classOf(fault)}`).join('|');
  return `
tc=/usr/sbin/tc
ours() { case "$($tc qdisc show dev "$1" root)" in "qdisc htb ${ROOT}"*) ;; *) return 1 ;; esac; }
shape() {
  for device in ${devices}; do
    ours "$device" || $tc qdisc add dev "$device" root handle ${ROOT} htb default 0
${made.join('\n')}
  done
}
unshape() {
  for device in ${devices}; do
    ours "$device" || continue
${
  shaped.length === 0
    ? `    $tc qdisc del dev "$device" root`
    : `    $tc class show dev "$device" | while read -r _ _ id _; do
      case $id in ${wanted}) ;; ${ROOT}*) $tc class del dev "$device" classid "$id" ;; esac
    done`
}
  done
}`;
}

/** What holds the packets of a class. */
function queueOf({ bits_per_s }: ShapeEffect): string {
  return `bfifo limit ${Math.ceil((bits_per_s / 8) * QUEUE_S) + LARGEST_BYTES}`;
}

/** Of a queue, by its handle. */
export function isOurRoot(handle: string): boolean {
  return handle === ROOT;
}

/** The classes that have a queue, by what `tc -j qdisc show` says. */
export function classesIn(json: string): ReadonlySet<string> {
  const all = JSON.parse(json) as { parent?: string }[];
  return new Set(all.flatMap(({ parent }) => parent ?? []));
}
