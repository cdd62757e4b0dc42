/**
 * Who leads, as the programs of the story said when they were asked last, for those who only look: beside the run, and never in its
 * journal. Pure.
 */
import * as v from 'valibot';

/** In the run's folder. */
export const LEADERS_FILE = 'leaders.json';
/** An answer that is older says nothing of now. Longer than from one question to the next. */
const FRESH_MS = 15_000;

const KnownLeadersSchema = v.object({
  /** ISO: when the last one was answered, by the clock of the machine that asked. */
  at: v.string(),
  clusters: v.array(
    v.object({
      /** The services of the cluster. */
      of: v.array(v.string()),
      /** A label; null: nobody can be said to lead. */
      leader: v.nullable(v.string()),
      /** Why nobody can; null where one leads. */
      why: v.nullable(v.string()),
    }),
  ),
});
export type KnownLeaders = v.InferOutput<typeof KnownLeadersSchema>;
export type ClusterLeader = KnownLeaders['clusters'][number];

/** Null for what is no such record. */
export function parseLeaders(text: string): KnownLeaders | null {
  try {
    const result = v.safeParse(KnownLeadersSchema, JSON.parse(text));
    return result.success ? result.output : null;
  } catch {
    return null;
  }
}

/** Of each cluster; none where nobody has asked for a while. */
export function leadersAt(known: KnownLeaders | null, nowMs: number): readonly ClusterLeader[] {
  return known && Math.abs(nowMs - Date.parse(known.at)) <= FRESH_MS ? known.clusters : [];
}
