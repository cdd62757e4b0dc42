import { makeComposeStack } from './compose-stack.ts';
import { crashSuite } from './crash.ts';
import { CHAPTERS } from './scenes.ts';

// It recovers and injects. What chapters do else is the same on every engine, and dies on the other one.
crashSuite(
  'compose engine, a chapter',
  makeComposeStack,
  CHAPTERS.filter(({ name }) => name === 'chapter retry'),
);
