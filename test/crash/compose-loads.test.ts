import { makeComposeStack } from './compose-stack.ts';
import { crashSuite } from './crash.ts';
import { LOADS } from './scenes.ts';

crashSuite('compose engine, loads', makeComposeStack, LOADS);
