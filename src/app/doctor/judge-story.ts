/** The machine and the story, as findings. Pure. */
import { type DoctorLine, ok, problem, warning } from '../../terms/doctor-line.ts';
import type { MachineFacts, StoryFacts } from './facts.ts';

const LEAST_NODE: [number, number] = [22, 13];

export function findOnMachine({ node, platform, terminal }: MachineFacts): DoctorLine[] {
  const [major = 0, minor = 0] = node.split('.').map(Number);
  const isOld = major < LEAST_NODE[0] || (major === LEAST_NODE[0] && minor < LEAST_NODE[1]);
  const text = `Node.js ${node} on ${platform}`;
  return [
    isOld
      ? problem(
          'node',
          'old_node',
          `${text}; gameday needs ${LEAST_NODE.join('.')}.`,
          'Install a newer Node.js.',
        )
      : ok('node', text),
    ok('terminal', terminalWords(terminal)),
  ];
}

function terminalWords({ stdin, stdout, stderr, no_color, ci }: MachineFacts['terminal']): string {
  const asks = stdin && stderr && !ci ? 'questions can be asked' : 'nothing is asked';
  const why = [
    ...(ci ? ['CI is set'] : []),
    ...(stdin ? [] : ['stdin is no terminal']),
    ...(stderr ? [] : ['stderr is no terminal']),
  ];
  const colour =
    stderr && !no_color && !ci
      ? 'progress in colour'
      : `progress without colour${no_color ? ' (NO_COLOR is set)' : ''}`;
  return `${colour}; ${asks}${why.length > 0 ? ` (${why.join(', ')})` : ''}${stdout ? '' : '; stdout goes into a file or a pipe'}`;
}

export function findInStory({ path, name, error, note }: StoryFacts): DoctorLine[] {
  if (error) {
    const [first] = error.problems ?? [];
    const place = first ? ` The first: line ${first.line}, ${first.message}.` : '';
    return [problem('story', error.code, `${error.message}${place}`, error.next)];
  }
  if (note !== null)
    return [warning('story', note, 'Correct the story before the run goes on: `story check`')];
  if (path === null)
    return [
      ok(
        'story',
        `no gameday.yaml here or above, so it is the default story "${name}"`,
        'story init',
      ),
    ];
  return [ok('story', `${path} ("${name}") has no problem`)];
}
