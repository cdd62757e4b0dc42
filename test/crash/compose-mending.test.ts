import { makeComposeStack } from './compose-stack.ts';
import { crashSuite, MENDING } from './crash.ts';

crashSuite('compose engine, mending', makeComposeStack, MENDING);
