import { BREAKING, crashSuite } from './crash.ts';
import { makeProcessStack } from './process-stack.ts';

crashSuite('process engine, breaking', makeProcessStack, BREAKING);
