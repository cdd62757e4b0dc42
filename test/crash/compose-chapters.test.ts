import { makeComposeStack } from './compose-stack.ts';
import { crashSuite } from './crash.ts';
import { CHAPTERS } from './scenes.ts';

crashSuite('compose engine, chapters', makeComposeStack, CHAPTERS);
