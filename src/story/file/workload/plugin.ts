/** `kind: plugin`: a load that another plugin of the host brings, or a module beside the story. */
import * as v from 'valibot';
import type { PluginSpec } from '../../workload-spec.ts';
import { about, mapping, table } from '../schema-shapes.ts';
import { text } from '../schema-terms.ts';
import { draw, PACE_KEYS, pace, paceOf } from './load.ts';

const { balance: _, ...paceOfOne } = pace;

export const PluginLoadSchema = v.pipe(
  mapping(
    {
      kind: v.literal('plugin'),
      use: about(
        text('the name of a workload, or the path of a module'),
        'What a plugin calls it, or a module beside the story, which begins with ./',
        ['kafka', './load.mjs'],
      ),
      with: v.optional(
        about(
          table(v.string(), v.unknown(), 'option: value'),
          'What the plugin is told; it says what it understands.',
        ),
        {},
      ),
      seed: draw.seed,
      ...paceOfOne,
    },
    `kind, use, with, seed, ${PACE_KEYS.replace(', balance', '')}`,
  ),
  v.transform(
    ({ use, with: options, seed = null, ...value }): PluginSpec => ({
      kind: 'plugin',
      use,
      with: options,
      seed,
      ...paceOf({ ...value, balance: 'round_robin' }),
    }),
  ),
);
