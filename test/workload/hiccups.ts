/** When this process did not run: by the machine, by SIGSTOP, or by work of its own. A test is not more exact than its machine, and this says how exact that was. */

/** Epoch milliseconds. */
export interface Hiccup {
  from: number;
  to: number;
}

const EVERY_MS = 4;
/** Less than this is a timer's ordinary lateness; an operation meets several in a row, of two processes. */
const LEAST_MS = 4;

export function watchHiccups(): { all: Hiccup[]; stop(): void } {
  const all: Hiccup[] = [];
  let last = Date.now();
  const timer = setInterval(() => {
    const now = Date.now();
    if (now - last > EVERY_MS + LEAST_MS) all.push({ from: last, to: now });
    last = now;
  }, EVERY_MS);
  return { all, stop: () => clearInterval(timer) };
}
