/**
 * Asks the programs of the story who leads, again and again while somebody plays it, and writes the answers beside the run, where
 * every screen reads them. Those who only look run no program.
 */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Engine } from '../../engine/engine.ts';
import { label } from '../../fault/instance.ts';
import { runFolder, writeRecord } from '../../journal/index.ts';
import { type ClusterLeader, type KnownLeaders, LEADERS_FILE } from '../../run/known-leaders.ts';
import type { Picture } from '../../run/picture.ts';
import { isUnderWay, liveFaults } from '../../run/run.ts';
import { leaderNow } from '../../runner/pick.ts';
import type { LeaderSpec } from '../../story/leader-spec.ts';

/** From an answer to the next question: a program may be a dear one. */
const PAUSE_MS = 5000;
/** The same while a fault is live, which is when leaders change. */
const LIVE_PAUSE_MS = 2000;

export interface LeadersAsked {
  stateDir: string;
  /** Of the story; none: nobody is asked. */
  leader: readonly LeaderSpec[];
  engine(): Promise<Engine>;
  /** As it is at each moment. */
  run(): Picture['run'];
}

/** Until the signal comes. Never rejects. */
export async function askLeaders(asked: LeadersAsked, signal: AbortSignal): Promise<void> {
  while (asked.leader.length > 0 && !signal.aborted) {
    const run = asked.run();
    // What cannot be asked or written down is not known, and what is known grows old.
    if (run && isUnderWay(run)) await askOnce(asked, run.id, signal).catch(() => {});
    const isLive = run !== null && liveFaults(run).length > 0;
    await delay(isLive ? LIVE_PAUSE_MS : PAUSE_MS, undefined, { signal }).catch(() => {});
  }
}

async function askOnce(
  { stateDir, leader, engine }: LeadersAsked,
  run: string,
  signal: AbortSignal,
): Promise<void> {
  const opened = await engine();
  const rows = await opened.list(signal);
  if (rows.length === 0) return;
  const clusters = await Promise.all(
    leader.map(async (how): Promise<ClusterLeader> => {
      const of = [...how.of];
      try {
        const row = await leaderNow({ engine: opened }, how, rows, signal);
        return { of, leader: label(row), why: null };
      } catch (error) {
        return { of, leader: null, why: (error as Error).message };
      }
    }),
  );
  if (signal.aborted) return;
  const known: KnownLeaders = { at: new Date().toISOString(), clusters };
  writeRecord(join(runFolder(stateDir, run), LEADERS_FILE), known);
}
