/** The part of the story's schema that says what the stack is: which Compose project, or which processes. */
import * as v from 'valibot';
import type { ProcessService } from '../story.ts';
import { commandLine, WordSchema } from './schema-command.ts';
import { expected } from './schema-messages.ts';
import { about, exactlyOne, list, mapping, table } from './schema-shapes.ts';
import { matching, slug, text, wholeNumber } from './schema-terms.ts';

const HealthSchema = v.pipe(
  mapping(
    {
      http: v.optional(
        about(
          matching(/^\/\S*$/, 'a path such as /healthz'),
          "A path on the instance's port that must answer.",
          ['/healthz'],
        ),
      ),
      tcp: v.optional(
        about(v.literal(true, expected('true')), "The instance's port must accept a connection."),
      ),
    },
    'http or tcp',
  ),
  exactlyOne(
    ['http', 'tcp'],
    'Write { http: /path } or { tcp: true }.',
    'Write { http: /path } or { tcp: true }.',
  ),
  v.transform((value): ProcessService['health'] =>
    value.http === undefined ? { tcp: true } : { http: value.http },
  ),
);

export const ServiceSchema = v.pipe(
  mapping(
    {
      command: about(
        commandLine('Write [sh, -c, "..."] where a shell is meant.'),
        'Program and arguments, or one text that is split as a shell splits words.',
        [['node', 'api.js']],
      ),
      replicas: v.optional(about(wholeNumber(1, 100), 'How many instances.'), 1),
      port: v.optional(
        about(
          wholeNumber(1, 65_535),
          'Where clients come: of the first replica; the next ones count up. A proxy listens there; PORT in their environment is the port that they listen on themselves, GAMEDAY_PORT the declared one.',
        ),
      ),
      env: v.optional(
        about(
          table(
            matching(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of a variable'),
            WordSchema,
            'NAME: value',
          ),
          'Environment of the instances.',
        ),
        {},
      ),
      health: v.optional(about(HealthSchema, 'How it is told that an instance is well.')),
      restart: v.optional(
        about(
          v.picklist(
            ['no', 'always'],
            expected('"no" or always', (value) =>
              value === false
                ? 'Put it into quotes: restart: "no".'
                : value === true
                  ? 'Write always.'
                  : null,
            ),
          ),
          'What happens when an instance dies by itself, as Compose has it.',
        ),
        'no',
      ),
      working_dir: v.optional(
        about(
          text('a folder'),
          'Where it runs, from the folder of the story. Default: that folder.',
        ),
        '.',
      ),
    },
    'command, replicas, port, env, health, restart, working_dir',
  ),
  v.transform(
    ({ port, health, ...rest }): ProcessService => ({
      ...rest,
      port: port ?? null,
      health: health ?? null,
    }),
  ),
);

export const ToolsSchema = about(
  mapping(
    {
      image: about(
        matching(/^[a-z0-9][\w./:@-]*$/, 'the name of an image'),
        'Has a shell, nft, tc and HAProxy; runs beside a target of the Compose and the Swarm engine for network faults.',
        ['gameday-tools:1'],
      ),
    },
    'image',
  ),
  'The tools that some faults need, for none of them is installed in a target.',
);

const DNS_LABEL = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

export const KubernetesSchema = about(
  mapping(
    {
      context: about(
        text('a context of the kubeconfig'),
        'Which cluster, by its context; never the one that happens to be current. `in-cluster`: the account of the pod that gameday runs in.',
        ['staging'],
      ),
      namespace: about(
        matching(DNS_LABEL, 'the name of a namespace: small letters, digits and -'),
        'Whose pods are the targets.',
        ['shop'],
      ),
      kubeconfig: v.optional(
        about(
          text('a file'),
          'From the folder of the story. Default: where kubectl looks, KUBECONFIG first.',
        ),
      ),
    },
    'context, namespace, kubeconfig',
  ),
  'With engine: kubernetes, which namespace of which cluster is meant.',
);

export const ComposeSchema = about(
  v.pipe(
    mapping(
      {
        files: v.optional(
          about(
            list(text('a file'), 'Compose files'),
            'From the folder of the story. Default: as `docker compose` finds them.',
          ),
          [],
        ),
        project: v.optional(
          about(
            matching(
              /^[a-z0-9][a-z0-9_-]*$/,
              'a Compose project name: small letters, digits, - and _',
              (value) =>
                typeof value === 'string' && slug(value) ? `Write ${slug(value)}.` : null,
            ),
            'The Compose project. Default: as `docker compose` names it.',
          ),
        ),
        profiles: v.optional(
          about(list(text('a profile'), 'profiles'), 'Compose profiles that are active.'),
          [],
        ),
      },
      'files, project, profiles',
    ),
    v.transform(({ files, project, profiles }) => ({ files, project: project ?? null, profiles })),
  ),
  'Which Compose stack is meant.',
);

export const SwarmSchema = about(
  v.pipe(
    mapping(
      {
        stack: v.optional(
          about(
            matching(/^[A-Za-z0-9][\w.-]*$/, 'the name of a stack'),
            'The stack, as `docker stack ls` has it. Default: the name of the story.',
            ['shop'],
          ),
        ),
        context: v.optional(
          about(
            matching(/^[A-Za-z0-9][\w.+-]*$/, 'the name of a docker context'),
            'The docker context of a manager. Default: as the docker CLI finds its engine.',
          ),
        ),
        nodes: v.optional(
          about(
            table(
              matching(/^[\w.-]+$/, 'the name of a node'),
              matching(
                /^(?:[A-Za-z0-9][\w.+-]*|(?:unix|tcp|ssh):\/\/\S+)$/,
                'a docker context, or an address such as ssh://node2',
              ),
              'node: CONTEXT or ADDRESS',
            ),
            'Ways to the engines of the nodes that no docker context of this machine leads to.',
            [{ node2: 'ssh://node2' }],
          ),
          {},
        ),
      },
      'stack, context, nodes',
    ),
    v.transform(({ stack, context, nodes }) => ({
      stack: stack ?? null,
      context: context ?? null,
      nodes,
    })),
  ),
  'Which stack of a Docker Swarm is meant.',
);
