import { crashSuite } from '../crash/crash.ts';
import { KUBERNETES } from '../crash/scenes.ts';
import { makeKubernetesStack } from './crash-stack.ts';

crashSuite('kubernetes engine', makeKubernetesStack, KUBERNETES);
