/**
 * What a story file may hold: the one schema from which both the checks and the published JSON Schema come.
 * It takes the file's values as YAML gives them and hands back the shapes of `story.ts`. What one value alone cannot
 * tell (two chapters with one id, a service that does not exist) is the business of `parse-checks.ts`.
 */
import * as v from 'valibot';
import type { Catalogue } from '../../fault/catalogue.ts';
import { AbortIfSchema } from './schema-abort-if.ts';
import { actionSchema } from './schema-actions.ts';
import { BlastRadiusSchema, ProductionSchema, ProtectSchema } from './schema-guards.ts';
import { HooksSchema } from './schema-hooks.ts';
import { HypothesisSchema, OnDeviationSchema } from './schema-hypothesis.ts';
import { LeaderSchema } from './schema-leader.ts';
import { NotifySchema } from './schema-notify.ts';
import { about, list, mapping, table } from './schema-shapes.ts';
import {
  ComposeSchema,
  KubernetesSchema,
  ServiceSchema,
  SwarmSchema,
  ToolsSchema,
} from './schema-stack.ts';
import { SteadyStateSchema } from './schema-steady-state.ts';
import { TelemetrySchema } from './schema-telemetry.ts';
import { address, flag, matching, NAME, one, prose, slug, text } from './schema-terms.ts';
import { WorkloadSchema } from './workload/index.ts';

/** Top-level keys that are nobody's business: a place for anchors, as in Compose files. */
export const EXTENSION_KEY = /^x-/;

export const chapterSchema = (action: ReturnType<typeof actionSchema>) =>
  about(
    v.pipe(
      mapping(
        {
          id: v.optional(
            about(
              matching(
                /^[\p{L}\p{N}][\p{L}\p{M}\p{N}_-]*$/u,
                'an id of letters, digits, - and _',
                (value) =>
                  typeof value === 'string' && slug(value) ? `Write ${slug(value)}.` : null,
              ),
              'What the journal and the commands call the chapter. Default: made from the title.',
              ['fault-injection'],
            ),
          ),
          title: about(text('a title'), 'One line, shown as the heading.', ['Fault Injection']),
          narration: v.optional(
            about(prose('the narration'), 'Read by the audience when the chapter opens.'),
            '',
          ),
          notes: v.optional(about(prose('the notes'), 'For the presenter only.'), ''),
          hypothesis: v.optional(HypothesisSchema, []),
          on_deviation: v.optional(OnDeviationSchema, 'stop'),
          on_enter: v.optional(
            about(
              list(action, 'actions, one key each'),
              'What happens on entering, in this order.',
            ),
            [],
          ),
          auto_advance: v.optional(about(flag(), 'The next chapter is entered by itself.'), false),
          blocks_advance: v.optional(
            about(
              flag(),
              'The next chapter cannot be entered until the actions of this one have ended.',
            ),
            false,
          ),
        },
        'title, id, narration, notes, hypothesis, on_deviation, on_enter, auto_advance, blocks_advance',
      ),
      v.transform(({ id, title, ...rest }) => ({
        id: id ?? slug(title),
        title: title.trim(),
        ...rest,
      })),
    ),
    'One step of the story. A title and a narration make a complete chapter.',
  );

export const storySchema = (catalogue: Catalogue, chapter: ReturnType<typeof chapterSchema>) =>
  about(
    v.pipe(
      mapping({
        name: v.optional(
          about(
            matching(NAME, 'a name of letters, digits, . - and _', (value) =>
              typeof value === 'string' && slug(value) ? `Write ${slug(value)}.` : null,
            ),
            'What the game day is called. Default: the name of its folder.',
            ['losing-a-node'],
          ),
        ),
        engine: v.optional(
          about(
            one(
              catalogue.engines.map(({ kind }) => kind),
              'an engine',
            ),
            'What runs the targets: a Compose or Swarm stack or the pods of a Kubernetes namespace, which are up already, or processes that gameday starts and stops.',
          ),
          catalogue.default_engine,
        ),
        compose: v.optional(ComposeSchema),
        swarm: v.optional(SwarmSchema),
        kubernetes: v.optional(KubernetesSchema),
        services: v.optional(
          about(
            table(
              matching(NAME, 'a name of letters, digits, . - and _'),
              ServiceSchema,
              'service: what it is',
            ),
            'With engine: process, what the stack is.',
            [
              {
                api: {
                  command: ['node', 'api.js'],
                  replicas: 3,
                  port: 8081,
                  health: { http: '/healthz' },
                },
              },
            ],
          ),
          {},
        ),
        tools: v.optional(ToolsSchema),
        protect: v.optional(ProtectSchema, []),
        leader: v.optional(LeaderSchema, []),
        blast_radius: v.optional(BlastRadiusSchema, {}),
        production: v.optional(ProductionSchema, {}),
        workload: v.optional(WorkloadSchema),
        steady_state: v.optional(SteadyStateSchema, []),
        abort_if: v.optional(AbortIfSchema, []),
        metrics: v.optional(
          about(
            address(),
            'host:port where Prometheus finds the figures of the workload and the live faults, as long as the workload lives.',
            ['127.0.0.1:9464'],
          ),
        ),
        notify: v.optional(NotifySchema, []),
        hooks: v.optional(HooksSchema, {}),
        telemetry: v.optional(TelemetrySchema),
        chapters: about(
          v.pipe(
            list(chapter, 'chapters'),
            v.minLength(1, 'a story needs at least one chapter\nWrite `- title: Welcome`.'),
          ),
          'The story, step by step.',
        ),
      }),
      v.title('gameday story'),
    ),
    'A game day, chapter by chapter: what is told, what is broken, what is recovered.',
  );

export type StoryOutput = v.InferOutput<ReturnType<typeof storySchema>>;

/** The schema of a whole story file, for what there is to choose from. */
export function schemaFor(catalogue: Catalogue): ReturnType<typeof storySchema> {
  return storySchema(catalogue, chapterSchema(actionSchema(catalogue.kinds)));
}
