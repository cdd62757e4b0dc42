// Loaded into the real CLI by `node --import`: it ends itself by SIGKILL at the first request that changes something on an
// engine and whose path has GAMEDAY_DIE_ON in it: before it is made, when it has been sent, or when its answer is there.
import http from 'node:http';
import { syncBuiltinESMExports } from 'node:module';

const { GAMEDAY_DIE_ON: on, GAMEDAY_DIE_WHEN: when } = process.env;
const die = () => process.kill(process.pid, 'SIGKILL');
const { request } = http;
http.request = function (...args) {
  const { method = 'GET', path = '' } = args.find((each) => each?.path !== undefined) ?? {};
  if (method === 'GET' || !on || !path.includes(on) || path.includes('0'.repeat(64)))
    return request.apply(this, args);
  if (when === 'before') die();
  const sent = request.apply(this, args);
  if (when === 'sent') sent.once('finish', die);
  if (when === 'answered') sent.once('response', die);
  return sent;
};
syncBuiltinESMExports();
