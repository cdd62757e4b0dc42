/** The arrows of the house. Each rule says why it is there; a rule that is broken fails the tests. */
const only = (name, from, allowed, why) => ({
  name,
  comment: why,
  severity: 'error',
  from: { path: from },
  to: { path: '^src/', pathNot: allowed },
});

export default {
  forbidden: [
    only(
      'story-is-the-ground',
      '^src/story/',
      '^src/story/',
      'Stories, faults and verdicts are pure, so that a property test can try every sequence of them.',
    ),
    {
      name: 'story-knows-no-system',
      comment:
        'No clock, no file, no randomness: what the story room says depends on its arguments alone.',
      severity: 'error',
      from: { path: '^src/story/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'story-has-few-libraries',
      comment:
        'The ground is loaded by every command, so each of its libraries is paid for at every start.',
      severity: 'error',
      from: { path: '^src/story/' },
      to: {
        dependencyTypes: ['npm'],
        pathNot: 'node_modules/(valibot|yaml|fastest-levenshtein|string-argv)/',
      },
    },
    only(
      'engine-stands-alone',
      '^src/engine/',
      '^src/(engine|story)/',
      'An engine breaks and mends single instances; it must not know why.',
    ),
    only(
      'journal-stands-alone',
      '^src/journal/',
      '^src/(journal|story)/',
      'The journal keeps events; who writes them is not its business.',
    ),
    only(
      'workload-stands-alone',
      '^src/workload/',
      '^src/(workload|story)/',
      'What is measured must not depend on what is broken.',
    ),
    only(
      'view-only-shows',
      '^src/view/',
      '^src/(view|story)/',
      'A view that could touch engine or journal would sooner or later decide something.',
    ),
    only(
      'stage-lies-across',
      '^src/stage/',
      '^src/(stage|story)/|^src/engine/engine\\.ts$|^src/journal/journal\\.ts$',
      'The effect loop works against ports, so that one engine can stand for another.',
    ),
    {
      name: 'stage-takes-ports-as-types',
      comment: 'A value import would wire the stage to one room; wiring is done in house/.',
      severity: 'error',
      from: { path: '^src/(stage|watchdog)/' },
      to: { path: '^src/(engine|journal|workload)/', dependencyTypesNot: ['type-only'] },
    },
    only(
      'watchdog-lies-across',
      '^src/watchdog/',
      '^src/(watchdog|stage|story)/',
      'It recovers by the same code as the command, and knows no other.',
    ),
    only(
      'house-wires',
      '^src/house/',
      '^src/(house|engine|journal|workload|stage|story|view)/|^src/watchdog/',
      'Rooms meet here and know nothing of commands.',
    ),
    only(
      'commands-are-thin',
      '^src/(commands|hooks)/',
      '^src/((base|workload)-command|flags)\\.ts$|^src/(hooks|story|view)/',
      'A command reads flags, makes one call and picks a view; what it needs of the world it asks of its base.',
    ),
    {
      name: 'no-circles',
      comment: 'Two rooms that need each other are one room.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-orphans',
      comment: 'A room that nobody enters is dead.',
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
