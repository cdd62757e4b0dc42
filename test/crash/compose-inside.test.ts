import { makeComposeStack } from './compose-stack.ts';
import { crashSuite } from './crash.ts';
import { INSIDE } from './scenes.ts';

crashSuite('compose engine, inside of containers', makeComposeStack, INSIDE);
