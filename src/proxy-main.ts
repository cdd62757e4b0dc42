/** The entry of the proxy before a stack of processes: `node proxy-main.js FOLDER`. Its keeper keeps it alive. */
import { runProxy } from './engine/process/proxy/run.ts';

process.title = 'gameday proxy';
// What goes wrong with one connection must not end the others.
process.on('uncaughtException', (error) => console.error(error));
await runProxy(process.argv[2] ?? '', process.env.GAMEDAY_GENERATION ?? '');
