/** The watchdog's entry: `node watchdog-main.js '{order}'`. Whatever goes wrong stands in its log, which is its stdout and stderr. */
import type { WatchdogOrder } from './app/watchdog/client.ts';
import { useCompileCache } from './system/compile-cache.ts';

process.title = 'gameday watchdog';
useCompileCache();
const { runWatchdog } = await import('./app/watchdog/process.ts');
await runWatchdog(JSON.parse(process.argv[2] ?? '') as WatchdogOrder);
