import { crashSuite } from './crash.ts';
import { makeProcessStack } from './process-stack.ts';
import { FAULTS } from './scenes.ts';

crashSuite('process engine, faults', () => makeProcessStack(), FAULTS);
