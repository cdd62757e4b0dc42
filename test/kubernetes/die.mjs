// Loaded into the real CLI by `node --import`: ends it by SIGKILL around its first request that changes something in the cluster.
// GAMEDAY_DIE_AT: `before` it, when it is `sent`, or when its answer is there (`answered`).
import http from 'node:http';
import { syncBuiltinESMExports } from 'node:module';

const at = process.env.GAMEDAY_DIE_AT;
const die = () => process.kill(process.pid, 'SIGKILL');
const { request } = http;
http.request = (...args) => {
  const { method = 'GET' } = args[0];
  if (method === 'GET') return request(...args);
  if (at === 'before') die();
  const made = request(...args);
  if (at === 'sent') made.on('finish', die);
  if (at === 'answered') made.on('response', die);
  return made;
};
syncBuiltinESMExports();
