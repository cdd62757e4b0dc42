/** What `fault list --all-containers --json` says of each container and of what is beside the stack. */
import * as v from 'valibot';
import { FINDINGS } from '../../src/fault/difference.ts';

/** `faults`: live ones that may have made it so; empty: somebody else did. */
const difference = {
  finding: v.picklist(FINDINGS),
  text: v.string(),
  faults: v.array(v.string()),
};

export const containers = v.strictObject({
  /** The Compose files by their names, or what had to do for want of them. */
  compared_with: v.string(),
  instances: v.array(
    v.strictObject({
      label: v.string(),
      id: v.string(),
      name: v.string(),
      service: v.string(),
      number: v.number(),
      state: v.string(),
      /** Empty: it is as it was made. */
      differences: v.array(v.strictObject(difference)),
    }),
  ),
  beside: v.array(
    v.strictObject({ ...difference, about: v.string(), service: v.nullable(v.string()) }),
  ),
  not_looked_at: v.array(v.string()),
});
