import { crashSuite } from './crash.ts';
import { SWARM } from './scenes.ts';
import { swarmStacks } from './swarm-stack.ts';

crashSuite('swarm engine', swarmStacks(), SWARM);
