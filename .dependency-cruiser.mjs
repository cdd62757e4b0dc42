/** The arrows between rooms. Each rule says why it is there; a rule that is broken fails the tests. */
const ROOMS = {
  terms: [],
  fault: ['terms'],
  impact: ['fault', 'terms'],
  story: ['impact', 'fault', 'terms'],
  run: ['story', 'impact', 'fault', 'terms'],
};
const PURE = Object.keys(ROOMS).join('|');

const only = (room, allowed, why) => ({
  name: `${room}-imports`,
  comment: why,
  severity: 'error',
  from: { path: `^src/${room}/` },
  to: { path: '^src/', pathNot: `^src/(${[room, ...allowed].join('|')})/` },
});

export default {
  forbidden: [
    ...Object.entries(ROOMS).map(([room, below]) =>
      only(
        room,
        below,
        'The pure rooms stand in one order, arrows down only, so that each can be understood without those above it.',
      ),
    ),
    {
      name: 'pure-rooms-know-no-system',
      comment:
        'No clock, no file, no randomness: what a pure room says depends on its arguments alone, so that a property test can try every sequence.',
      severity: 'error',
      from: { path: `^src/(${PURE})/` },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'pure-rooms-have-few-libraries',
      comment:
        'They are loaded by every command, so each of their libraries is paid for at every start.',
      severity: 'error',
      from: { path: `^src/(${PURE})/` },
      to: {
        dependencyTypes: ['npm'],
        pathNot: 'node_modules/(valibot|yaml|fastest-levenshtein|string-argv)/',
      },
    },
    only(
      'system',
      ['terms'],
      'What several rooms need of node; it must not know why they need it.',
    ),
    only(
      'engine',
      ['fault', 'terms', 'system', 'story'],
      'An engine changes single instances; it must not know why.',
    ),
    {
      name: 'docker-knows-no-family',
      comment:
        'What is asked of a Docker engine is the same whoever asks: a Compose project, a Swarm stack.',
      severity: 'error',
      from: { path: '^src/engine/docker/' },
      to: { path: '^src/engine/', pathNot: '^src/engine/(docker/|[a-z-]+\\.ts$)' },
    },
    {
      name: 'what-a-stack-takes-along-is-small',
      comment:
        'The proxy before a stack of processes, and a load beside one, are programs of their own, which a stack takes along: they know what they do, and nothing of gameday.',
      severity: 'error',
      from: { path: '^src/engine/process/(proxy|load)/' },
      to: {
        path: '^src/',
        pathNot: '^src/(engine/process/$1/|system/files\\.ts$)',
        dependencyTypesNot: ['type-only'],
      },
    },
    only(
      'journal',
      [...Object.keys(ROOMS), 'system'],
      'The journal keeps events; who writes them is not its business.',
    ),
    only(
      'workload',
      ['story', 'impact', 'fault', 'terms', 'system'],
      'What is measured must not depend on what is broken.',
    ),
    only(
      'view',
      Object.keys(ROOMS),
      'A view that could touch engine or journal would sooner or later decide something.',
    ),
    {
      name: 'runner-works-against-ports',
      comment: 'The effect loops work against ports, so that one engine can stand for another.',
      severity: 'error',
      from: { path: '^src/runner/' },
      to: {
        path: '^src/',
        pathNot: `^src/(runner|${PURE})/|^src/engine/engine\\.ts$|^src/journal/journal\\.ts$`,
      },
    },
    {
      name: 'ports-are-types',
      comment: 'A value import would wire the loop to one room; wiring is done in app/.',
      severity: 'error',
      from: { path: '^src/(runner|watchdog)/' },
      to: { path: '^src/(engine|journal|workload)/', dependencyTypesNot: ['type-only'] },
    },
    only(
      'watchdog',
      ['runner', ...Object.keys(ROOMS)],
      'It recovers by the same code as the command, and knows no other.',
    ),
    {
      name: 'app-knows-no-command',
      comment: 'Rooms meet here and know nothing of commands.',
      severity: 'error',
      from: { path: '^src/app/' },
      to: { path: '^src/(commands|hooks)/' },
    },
    {
      name: 'commands-are-thin',
      comment: 'A command reads flags, calls one use case and shows a result.',
      severity: 'error',
      from: { path: '^src/(commands/[^/]+|hooks)/' },
      to: { path: '^src/', pathNot: `^src/(commands|hooks|view|app|${PURE})/` },
    },
    {
      name: 'no-circles',
      comment: 'Two files that need each other are one file.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-orphans',
      comment: 'A file that nobody imports is dead.',
      severity: 'error',
      from: { orphan: true, pathNot: '\\.d\\.ts$' },
      to: {},
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
  },
};
