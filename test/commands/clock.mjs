// Loaded with --import: the wall clock of this process is set back by JUMP_BACK_S seconds (forward, where that is negative) once it has lived
// for AFTER_MS, or where JUMP_FILE is given, as soon as that file is there.
import { existsSync } from 'node:fs';

const RealDate = Date;
const afterMs = Number(process.env.AFTER_MS ?? 0);
const backMs = Number(process.env.JUMP_BACK_S ?? 0) * 1000;
const jumpFile = process.env.JUMP_FILE;
let jumped = false;

globalThis.Date = class extends RealDate {
  constructor(...parts) {
    if (parts.length === 0) super(Date.now());
    else super(...parts);
  }
  static now() {
    jumped ||= jumpFile ? existsSync(jumpFile) : performance.now() >= afterMs;
    return RealDate.now() - (jumped ? backMs : 0);
  }
};
