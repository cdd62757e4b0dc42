/** Our own kinds of fault: one file a kind, one row here. Plugins bring theirs; the catalogue of a command has both. */
import type { FaultKinds } from '../fault-kind.ts';
import { cordon } from './cordon.ts';
import { corrupt } from './corrupt.ts';
import { cpu } from './cpu.ts';
import { crash } from './crash.ts';
import { delay } from './delay.ts';
import { disk } from './disk.ts';
import { dns } from './dns.ts';
import { drain } from './drain.ts';
import { duplicate } from './duplicate.ts';
import { evict } from './evict.ts';
import { files } from './files.ts';
import { http } from './http.ts';
import { io } from './io.ts';
import { kill } from './kill.ts';
import { loss } from './loss.ts';
import { memory } from './memory.ts';
import { partition } from './partition.ts';
import { pause } from './pause.ts';
import { process } from './process.ts';
import { rate } from './rate.ts';
import { remove } from './remove.ts';
import { reorder } from './reorder.ts';
import { reset } from './reset.ts';
import { restart } from './restart.ts';
import { scale } from './scale.ts';
import { stop } from './stop.ts';

export const OWN_KINDS: FaultKinds = [
  kill,
  stop,
  pause,
  crash,
  restart,
  remove,
  partition,
  delay,
  loss,
  duplicate,
  corrupt,
  reorder,
  reset,
  dns,
  rate,
  http,
  process,
  disk,
  files,
  io,
  cpu,
  memory,
  drain,
  cordon,
  evict,
  scale,
];
