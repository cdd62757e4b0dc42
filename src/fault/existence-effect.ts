/** That a target is not there any more, as data: the effect of the ability `existence`. Pure. */
import * as v from 'valibot';

export const ExistenceEffectSchema = v.object({ on: v.literal('existence') });
export type ExistenceEffect = v.InferOutput<typeof ExistenceEffectSchema>;
