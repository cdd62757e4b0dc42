import { makeComposeStack } from './compose-stack.ts';
import { crashSuite } from './crash.ts';
import { ABILITIES } from './scenes.ts';

crashSuite('compose engine, limits and rules', makeComposeStack, ABILITIES);
