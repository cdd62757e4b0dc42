import { crashSuite } from './crash.ts';
import { makeProcessStack } from './process-stack.ts';
import { BESIDE } from './scenes.ts';

crashSuite('process engine, loads', () => makeProcessStack(), BESIDE);
