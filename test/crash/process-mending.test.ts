import { crashSuite, MENDING } from './crash.ts';
import { makeProcessStack } from './process-stack.ts';

crashSuite('process engine, mending', makeProcessStack, MENDING);
