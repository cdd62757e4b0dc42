import { makeComposeStack } from './compose-stack.ts';
import { crashSuite } from './crash.ts';
import { CHAPTERS } from './scenes.ts';

// What touches no instance is the same on every engine, and dies on the other one.
crashSuite(
  'compose engine, chapters',
  makeComposeStack,
  CHAPTERS.filter(({ target }) => target !== null),
);
