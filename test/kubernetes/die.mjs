// Loaded into the real CLI by `node --import`: ends it by SIGKILL around its first request that changes something in the cluster.
// GAMEDAY_DIE_AT: `before` it, when it is `sent`, or when its answer is there (`answered`). GAMEDAY_DIE_ON=lease: around its first one
// about a lease, and not around its first other one.
import http from 'node:http';
import { syncBuiltinESMExports } from 'node:module';

const at = process.env.GAMEDAY_DIE_AT;
const onLease = process.env.GAMEDAY_DIE_ON === 'lease';
const die = () => process.kill(process.pid, 'SIGKILL');
const { request } = http;
http.request = (...args) => {
  const { method = 'GET', path = '' } = args[0];
  if (method === 'GET' || path.includes('/leases') !== onLease) return request(...args);
  if (at === 'before') die();
  const made = request(...args);
  if (at === 'sent') made.on('finish', die);
  if (at === 'answered') made.on('response', die);
  return made;
};
syncBuiltinESMExports();
