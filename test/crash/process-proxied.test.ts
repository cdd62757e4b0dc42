import { crashSuite } from './crash.ts';
import { makeProcessStack } from './process-stack.ts';
import { PROXIED } from './scenes.ts';

crashSuite('process engine, the network', () => makeProcessStack(), PROXIED);
