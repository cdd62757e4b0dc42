import { crashSuite } from './crash.ts';
import { makeProcessStack } from './process-stack.ts';
import { CHAPTERS } from './scenes.ts';

crashSuite('process engine, chapters', () => makeProcessStack(), CHAPTERS);
