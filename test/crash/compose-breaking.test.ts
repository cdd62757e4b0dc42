import { makeComposeStack } from './compose-stack.ts';
import { BREAKING, crashSuite } from './crash.ts';

crashSuite('compose engine, breaking', makeComposeStack, BREAKING);
