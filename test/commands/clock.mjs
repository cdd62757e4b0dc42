// Loaded with --import: this process's wall clock is set back by JUMP_BACK_S seconds once it has lived for AFTER_MS.
const RealDate = Date;
const afterMs = Number(process.env.AFTER_MS ?? 0);
const backMs = Number(process.env.JUMP_BACK_S ?? 0) * 1000;

globalThis.Date = class extends RealDate {
  constructor(...parts) {
    if (parts.length === 0) super(Date.now());
    else super(...parts);
  }
  static now() {
    return RealDate.now() - (performance.now() >= afterMs ? backMs : 0);
  }
};
