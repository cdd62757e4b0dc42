import { watchdogCrashSuite } from './watchdog.ts';

watchdogCrashSuite('kill');
