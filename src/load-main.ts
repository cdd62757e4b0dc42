/** The entry of a load beside a process: `node gameday-load.mjs --fault f1 --beside web-1 --cpus 1.5 ...`. It ends by itself at its limit. */
import { isMainThread, workerData } from 'node:worker_threads';
import { orderOf } from './engine/process/load/protocol.ts';
import { beBusy, runLoad, type Share } from './engine/process/load/run.ts';

if (!isMainThread) beBusy(workerData as Share);
runLoad(orderOf(process.argv.slice(2)), process.env.GAMEDAY_GENERATION ?? '', import.meta.filename);
