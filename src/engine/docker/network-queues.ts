/**
 * The queues in which packets wait on their way out: a tree on each of the target's devices, under a root of ours (HTB). The
 * rules of the faults give a packet the number of its class, bit by bit: which bandwidth it shares, of which there is one at
 * most, and which netems it goes through, one behind the other. There is a class for whatever the rules may come to. What no
 * rule sends goes on as ever, so that a fault whose time is up in the kernel has no effect. Pure.
 */
import type { NetworkEffect, ShapeEffect } from '../../fault/network-effect.ts';
import { isNetem, type NetemEffect, netemOf } from './network-netem.ts';

export type QueueEffect = ShapeEffect | NetemEffect;

/** Of our root; nobody else's queue has it by chance. */
const ROOT = 'c4a0:';
/** The number of a class: a bit a netem, one that no packet has, and the number of the bandwidth. */
const NETEMS = 5;
const INNER = 1 << NETEMS;
const BANDWIDTH = INNER << 1;
const BANDWIDTHS = 15;
/** How long a packet may wait for its turn, before those behind it are dropped. */
const QUEUE_S = 0.2;
/** A packet of several segments, as the kernel hands them to a device. */
const LARGEST_BYTES = 65_536;
const UNLIMITED = 'rate 100gbit burst 1mb cburst 1mb';

interface Queued<E = QueueEffect> {
  effect: E;
}

export function isQueued(effect: NetworkEffect): effect is QueueEffect {
  return effect.does === 'shape' || isNetem(effect);
}

/** A number that none of these has among its own sort; null: all are taken. */
export function freeSlot(effect: QueueEffect, live: readonly NetworkEffect[]): number | null {
  const isShape = effect.does === 'shape';
  const others = live.filter(isQueued).filter(({ does }) => (does === 'shape') === isShape);
  const taken = others.map(slotOf);
  const slots = Array.from({ length: isShape ? BANDWIDTHS : NETEMS }, (_, slot) => slot);
  return slots.find((slot) => !taken.includes(slot)) ?? null;
}

function slotOf({ slot = 0 }: QueueEffect): number {
  return slot;
}

/** What nft does to a packet that has no class of ours yet, and to one that has: match and statement. */
export const UNMARKED = {
  match: `meta priority & ffff:0 != ${ROOT}0`,
  does: `meta priority set ${ROOT}0`,
};
export function markOf(effect: QueueEffect): string {
  const own = `0:${hex(ownClass(effect))}`;
  // Of two bandwidths the newer one counts.
  const kept = effect.does === 'shape' ? ` & ffff:${hex(BANDWIDTH - 1)}` : '';
  return `meta priority set meta priority${kept} | ${own}`;
}

/** The class of packets that meet nothing else. */
function ownClass(effect: QueueEffect): number {
  return effect.does === 'shape' ? (slotOf(effect) + 1) * BANDWIDTH : 1 << slotOf(effect);
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

/** Functions of /bin/sh: `queue` before the rules are there, `unqueue` after. `devices`: words of the shell that print them. */
export function queueScript(queued: readonly Queued[], devices: string): string {
  const classes = classesOf(queued);
  return `
tc=/usr/sbin/tc
ours() { case "$($tc qdisc show dev "$1" root)" in "qdisc htb ${ROOT}"*) ;; *) return 1 ;; esac; }
queue() {
  for device in ${devices}; do
    ours "$device" || $tc qdisc add dev "$device" root handle ${ROOT} htb default 0
    $tc -batch - <<END
${classes.flatMap(({ lines }) => lines).join('\n')}
END
  done
}
unqueue() {
  for device in ${devices}; do
    ours "$device" || continue
${classes.length === 0 ? '    $tc qdisc del dev "$device" root' : deleteOthers(classes)}
  done
}`;
}

/** A class that has others under it goes after these. */
function deleteOthers(wanted: readonly Class[]): string {
  const deletion = (batch: string) => `
    $tc class show dev "$device" | while read -r _ _ id _; do
      case $id in ${wanted.map(({ id }) => id).join('|')}) ;; ${ROOT}*) echo "class del dev $device classid $id" ;; esac
    done | $tc ${batch}`;
  return `${deletion('-force -batch - 2>/dev/null || true')}${deletion('-batch -')}`;
}

/** A class with its queues. `lines`: as `tc -batch` takes them. */
interface Class {
  id: string;
  lines: string[];
}

function classesOf(queued: readonly Queued[]): Class[] {
  const netems = queued.filter((each): each is Queued<NetemEffect> => isNetem(each.effect));
  const shapes = queued.filter((each): each is Queued<ShapeEffect> => !isNetem(each.effect));
  const sets = subsets(netems.toSorted((a, b) => slotOf(a.effect) - slotOf(b.effect)));
  return [
    ...sets.filter((set) => set.length > 0).map((set) => leaf(null, set)),
    ...shapes.flatMap(({ effect }) => [inner(effect), ...sets.map((set) => leaf(effect, set))]),
  ];
}

function subsets<T>(all: readonly T[]): T[][] {
  const sets: T[][] = [[]];
  for (const one of all) sets.push(...sets.map((set) => [...set, one]));
  return sets;
}

/** All that shares a bandwidth. */
function inner(shape: ShapeEffect): Class {
  const id = classId(ownClass(shape) | INNER);
  const rate = `${shape.bits_per_s}bit`;
  return { id, lines: [classLine(ROOT, id, `rate ${rate} ceil ${rate}`)] };
}

function leaf(shape: ShapeEffect | null, netems: readonly Queued<NetemEffect>[]): Class {
  const mask = netems.reduce((bits, { effect }) => bits | ownClass(effect), 0);
  const number = (shape ? ownClass(shape) : 0) | mask;
  const id = classId(number);
  const lines = [
    shape
      ? classLine(classId(ownClass(shape) | INNER), id, shareOf(shape))
      : classLine(ROOT, id, UNLIMITED),
  ];
  let parent = id;
  for (const { effect } of netems) {
    const handle = handleOf(number, effect);
    lines.push(`qdisc replace dev $device parent ${parent} handle ${handle} ${netemOf(effect)}`);
    parent = `${handle}1`;
  }
  if (shape) lines.push(`qdisc replace dev $device parent ${parent} ${fifoOf(shape)}`);
  return { id, lines };
}

function classLine(parent: string, id: string, words: string): string {
  return `class replace dev $device parent ${parent} classid ${id} htb ${words} quantum ${LARGEST_BYTES}`;
}

/** Little of its own, and all that the others leave. */
function shareOf({ bits_per_s }: ShapeEffect): string {
  return `rate ${Math.max(8, Math.floor(bits_per_s / INNER))}bit ceil ${bits_per_s}bit`;
}

/** What holds the packets that wait for their turn. */
function fifoOf({ bits_per_s }: ShapeEffect): string {
  return `bfifo limit ${Math.ceil((bits_per_s / 8) * QUEUE_S) + LARGEST_BYTES}`;
}

function classId(number: number): string {
  return `${ROOT}${hex(number)}`;
}

/** Every netem of a device has its own, and no other queue has one of these by chance. */
function handleOf(classNumber: number, effect: NetemEffect): string {
  const bandwidth = Math.floor(classNumber / BANDWIDTH);
  const mask = classNumber % INNER;
  return `${hex(0x1000 + bandwidth * 0x100 + mask * 8 + slotOf(effect))}:`;
}

function hex(number: number): string {
  return number.toString(16);
}

/** Of a queue, by its handle. */
export function isOurRoot(handle: string): boolean {
  return handle === ROOT;
}

/** One of those that `tc -j qdisc show` lists. */
export interface ListedQueue {
  kind: string;
  handle: string;
  parent?: string;
  dev: string;
  root?: boolean;
}

/** Whether there is a queue for it; true for what waits in none. */
export function hasQueue(effect: NetworkEffect, queues: readonly ListedQueue[]): boolean {
  if (!isQueued(effect)) return true;
  const own = ownClass(effect);
  const kind = isNetem(effect) ? 'netem' : 'bfifo';
  return queues.some((queue) => queue.kind === kind && queue.parent === classId(own));
}
