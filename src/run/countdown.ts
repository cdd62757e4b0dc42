/** A countdown that is running, for those who only look: what will be hit, and when. Beside the run, and never in its journal. Pure. */
import * as v from 'valibot';

/** In the run's folder. */
export const COUNTDOWN_FILE = 'countdown.json';

const CountdownSchema = v.object({
  /** Of the command that counts. */
  pid: v.number(),
  kind: v.string(),
  /** Labels. */
  targets: v.array(v.string()),
  /** ISO, by the clock of the machine that counts. */
  ends_at: v.string(),
});
export type Countdown = v.InferOutput<typeof CountdownSchema>;

/** Null for what is no countdown. */
export function parseCountdown(text: string): Countdown | null {
  try {
    const result = v.safeParse(CountdownSchema, JSON.parse(text));
    return result.success ? result.output : null;
  } catch {
    return null;
  }
}

/** One that its command left behind, or whose time is up, is none. */
export function runningCountdown(
  countdown: Countdown | null,
  holder: { pid: number } | null,
  nowMs: number,
): Countdown | null {
  const runs = countdown && countdown.pid === holder?.pid && Date.parse(countdown.ends_at) > nowMs;
  return runs ? countdown : null;
}
