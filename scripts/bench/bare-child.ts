/**
 * The least that such a load can cost in Node: bare sockets, one write every millisecond, answers thrown away unread. No
 * HTTP, nothing measured. `bare-child.ts PORT CONNECTIONS RATE WARM_MS MEASURED_MS`; prints the share of a core.
 */
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const [port = 0, connections = 0, rate = 0, warmMs = 0, measuredMs = 0] = process.argv
  .slice(2)
  .map(Number);
const sockets = Array.from({ length: connections }, () =>
  connect(port, '127.0.0.1')
    .setNoDelay(true)
    .on('data', () => {}),
);
const begun = performance.now();
let sent = 0;
const tick = () => {
  for (const due = ((performance.now() - begun) * rate) / 1000; sent < due; sent++)
    sockets[sent % connections]?.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  setTimeout(tick, 1);
};
tick();
await delay(warmMs);
const before = process.cpuUsage();
const from = performance.now();
await delay(measuredMs);
const { user, system } = process.cpuUsage(before);
console.log((user + system) / 1000 / (performance.now() - from));
process.exit();
