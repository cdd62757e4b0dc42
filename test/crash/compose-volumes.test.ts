import { makeComposeStack } from './compose-stack.ts';
import { crashSuite } from './crash.ts';
import { VOLUMES } from './scenes.ts';

crashSuite('compose engine, volumes', makeComposeStack, VOLUMES);
