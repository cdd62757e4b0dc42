import { watchdogCrashSuite } from './watchdog.ts';

watchdogCrashSuite('pause');
