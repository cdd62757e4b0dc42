// Loaded into the real CLI by `node --import`: counts every effect the process has on the world and, at the one that
// GAMEDAY_KILL_AT names, ends it by SIGKILL. So the CLI dies between any two of its own steps, and nothing of it is changed for that.
// A step is: before a file is opened for writing, written, fsynced, renamed or removed; before a child is started or a signal is sent;
// before a request to the engine, when it has been sent, and when its answer is there.
// Of the files whose names end as GAMEDAY_KILL_RARELY says, only the first three writes count: one that grows as time goes by would
// make every later step another one each time.
import childProcess from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import { syncBuiltinESMExports } from 'node:module';

const killAt = Number(process.env.GAMEDAY_KILL_AT ?? 0);
const countFile = process.env.GAMEDAY_COUNT_FILE;
const { appendFileSync } = fs;
let count = 0;
let counting = false;

function step(what) {
  if (counting) return; // What counting itself does is no step.
  count++;
  counting = true;
  if (countFile) appendFileSync(countFile, `${what}\n`);
  counting = false;
  if (count === killAt) process.kill(process.pid, 'SIGKILL');
}

const rarely = process.env.GAMEDAY_KILL_RARELY;
let rare = 0;
/** Descriptors of those files. */
const growing = new Set();

function before(owner, name) {
  const real = owner[name];
  owner[name] = function (...args) {
    if (!growing.has(args[0]) || ++rare <= 3) step(name);
    return real.apply(this, args);
  };
}

for (const name of [
  'writeSync',
  'fsyncSync',
  'fdatasyncSync',
  'renameSync',
  'rmSync',
  'unlinkSync',
  'writeFileSync',
  'mkdirSync',
  'ftruncateSync',
  'truncateSync',
])
  before(fs, name);
const { mkdirSync, existsSync } = fs;
fs.mkdirSync = function (path, ...rest) {
  if (!existsSync(path)) step('mkdirSync'); // Where the folder is there already, nothing changes.
  return mkdirSync.call(this, path, ...rest);
};
const { openSync } = fs;
fs.openSync = function (path, flags, ...rest) {
  if (flags !== undefined && flags !== 'r') step('openSync');
  const fd = openSync.call(this, path, flags, ...rest);
  if (rarely && String(path).endsWith(rarely) && flags !== 'r') growing.add(fd);
  else growing.delete(fd);
  return fd;
};
const { kill } = process;
process.kill = function (pid, signal) {
  if (signal !== 0 && pid !== process.pid) step(`kill ${signal}`);
  return kill.call(this, pid, signal);
};
before(childProcess, 'spawn');
const { request } = http;
http.request = function (...args) {
  const { method = 'GET', path = '' } = args.find((each) => each?.path !== undefined) ?? {};
  const what = `${method} ${path.replaceAll(/[0-9a-f]{12,}/g, 'ID').split('?')[0]}`;
  step(`request ${what}`);
  const made = request.apply(this, args);
  made.once('finish', () => step(`sent ${what}`));
  made.once('response', () => step(`answered ${what}`));
  return made;
};
http.get = (...args) => {
  const made = http.request(...args);
  made.end();
  return made;
};
syncBuiltinESMExports();
