import { crashSuite } from '../crash/crash.ts';
import { SWARM } from '../crash/scenes.ts';
import { swarmStacks } from './crash-stack.ts';

crashSuite('swarm engine', swarmStacks(), SWARM);
