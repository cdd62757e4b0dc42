/** The watchdog's entry: `node watchdog-main.js '{order}' HOW-MANY-DIED-BEFORE`. Whatever goes wrong stands in its log, which is its stdout and stderr. */
import type { WatchdogOrder } from './app/watchdog/order.ts';
import { useCompileCache } from './system/compile-cache.ts';

process.title = 'gameday watchdog';
useCompileCache();
const { runWatchdog } = await import('./app/watchdog/process.ts');
const [order = '', inARow] = process.argv.slice(2);
await runWatchdog(JSON.parse(order) as WatchdogOrder, { inARow: Number(inARow ?? 0) });
