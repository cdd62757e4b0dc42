import { makeComposeStack } from './compose-stack.ts';
import { crashSuite } from './crash.ts';
import { HTTP } from './scenes.ts';

crashSuite('compose engine, HTTP', makeComposeStack, HTTP);
