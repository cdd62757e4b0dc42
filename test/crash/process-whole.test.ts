import { crashSuite } from './crash.ts';
import { makeProcessStack } from './process-stack.ts';
import { WHOLE } from './scenes.ts';

crashSuite('process engine, restart and halt', makeProcessStack, WHOLE);
