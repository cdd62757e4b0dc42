import { makeComposeStack } from './compose-stack.ts';
import { crashSuite } from './crash.ts';
import { FAULTS } from './scenes.ts';

crashSuite('compose engine, faults', makeComposeStack, FAULTS);
