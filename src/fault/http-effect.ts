/** What a fault does to the answers of one HTTP server, as data: the effects of the ability `http`. Several overlap. Pure. */
import * as v from 'valibot';

export const HttpEffectSchema = v.object({
  on: v.literal('http'),
  /** At which the server is asked; absent: at the only one that there is. */
  port: v.optional(v.number()),
  /** Of requests whose path begins so; null: of all. */
  path: v.nullable(v.string()),
  /** Of these requests, above 0, to 1. */
  share: v.number(),
  /** Answered in place of the server, which does not get the request; null: its own answer. */
  status: v.nullable(v.number()),
  /** How late the answer is. */
  delay_ms: v.number(),
  /** The connection is cut before the answer, or in the middle of its body; null: neither. */
  cut: v.nullable(v.picklist(['head', 'body'])),
});
export type HttpEffect = v.InferOutput<typeof HttpEffectSchema>;
