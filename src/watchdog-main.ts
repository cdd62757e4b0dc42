/** The watchdog's entry: `node watchdog-main.js '{order}' HOW-MANY-DIED-BEFORE`. Whatever goes wrong stands in its log, which is its stdout and stderr. */
import type { WatchdogOrder } from './app/watchdog/order.ts';
import { runWatchdog } from './app/watchdog/process.ts';

process.title = 'gameday watchdog';
const [order = '', inARow] = process.argv.slice(2);
void runWatchdog(JSON.parse(order) as WatchdogOrder, { inARow: Number(inARow ?? 0) });
