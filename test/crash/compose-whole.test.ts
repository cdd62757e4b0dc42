import { makeComposeStack } from './compose-stack.ts';
import { crashSuite } from './crash.ts';
import { WHOLE } from './scenes.ts';

crashSuite('compose engine, restart and halt', makeComposeStack, WHOLE);
