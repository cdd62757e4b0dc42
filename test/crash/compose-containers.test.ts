import { makeComposeStack } from './compose-stack.ts';
import { crashSuite } from './crash.ts';
import { CONTAINERS } from './scenes.ts';

crashSuite('compose engine, processes and containers', makeComposeStack, CONTAINERS);
