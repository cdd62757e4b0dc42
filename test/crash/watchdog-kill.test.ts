import { watchdogCrashSuite } from './watchdog.ts';

watchdogCrashSuite('kill', { rest: 0, of: 5 });
