import { crashSuite } from './crash.ts';
import { makeProcessStack } from './process-stack.ts';
import { STACK } from './scenes.ts';

const CHAPTERS = '  - { title: One }\n  - { title: Done }\n';

crashSuite('process engine, its stack', () => makeProcessStack(CHAPTERS), STACK);
