import { makeComposeStack } from './compose-stack.ts';
import { crashSuite } from './crash.ts';
import { FAULTS } from './scenes.ts';

// By-products, and the last boundary of a state, are the same on every engine, and die on the other one.
crashSuite(
  'compose engine, faults',
  makeComposeStack,
  FAULTS.map(({ env: _env, alsoLast: _last, ...scene }) => scene),
);
