/** The watchdog's entry: `node watchdog-main.js '{order}'`. Whatever goes wrong stands in its log, which is its stdout and stderr. */
import type { WatchdogOrder } from './app/watchdog/client.ts';
import { runWatchdog } from './app/watchdog/process.ts';

process.title = 'gameday watchdog';
await runWatchdog(JSON.parse(process.argv[2] ?? '') as WatchdogOrder);
