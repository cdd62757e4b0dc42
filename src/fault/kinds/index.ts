/** Our own kinds of fault: one file a kind, one row here. Plugins bring theirs; the catalogue of a command has both. */
import type { FaultKinds } from '../fault-kind.ts';
import { crash } from './crash.ts';
import { kill } from './kill.ts';
import { pause } from './pause.ts';
import { stop } from './stop.ts';

export const OWN_KINDS: FaultKinds = [kill, stop, pause, crash];
