import { watchdogCrashSuite } from './watchdog.ts';

watchdogCrashSuite('pause', { rest: 1, of: 2 });
