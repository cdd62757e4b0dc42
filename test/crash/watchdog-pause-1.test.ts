import { watchdogCrashSuite } from './watchdog.ts';

watchdogCrashSuite('pause', { rest: 0, of: 2 });
