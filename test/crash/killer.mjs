// Loaded into the real CLI by `node --import`. At each boundary between two steps that change the world it reads what is
// persisted (state.mjs). It writes each such state down (GAMEDAY_STATES_FILE), or ends the process by SIGKILL at the first or last
// boundary of one of them (GAMEDAY_KILL_IN, GAMEDAY_KILL_TIME). So the CLI dies between two of its own steps, and nothing of
// it is changed for that.
// A boundary is: before a file is opened for writing, written, fsynced, renamed or removed; before a child is started or a signal is
// sent; before a request to the engine that changes something, when it has been sent, and when its answer is there; and the end.
import childProcess from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';
import { observer, textOf } from './state.mjs';

const { GAMEDAY_KILL_IN: killIn, GAMEDAY_STATES_FILE: statesFile } = process.env;
const killTime = Number(process.env.GAMEDAY_KILL_TIME ?? 1);
const { appendFileSync } = fs;
const { kill } = process;
/** It is sent, and nothing is changed by it: what a container says, and its end. */
const WATCHES = /\/containers\/[^/]+\/(attach|wait)\b/;
/** Of containers, and of what a swarm has; names of namespaces and pods of Kubernetes. */
const IDS = /[0-9a-f]{12,}|[0-9a-z]{25}|(?<=\/(?:namespaces|pods)\/)[^/?]+/g;
/** Requests that are sent and not answered: the engine may do them after our death. */
const underWay = new Set();

const isMeant =
  process.env.GAMEDAY_KILL_WATCHDOG === undefined ||
  /watchdog-main\.(js|ts)$/.test(process.argv[1] ?? '');

if (isMainThread && isMeant && (killIn || statesFile)) {
  const state = observer({
    folder: process.env.GAMEDAY_KILL_FOLDER,
    engine: {
      project: process.env.GAMEDAY_KILL_PROJECT,
      swarm: JSON.parse(process.env.GAMEDAY_KILL_SWARM ?? 'null'),
      kubernetes: JSON.parse(process.env.GAMEDAY_KILL_KUBERNETES ?? 'null'),
    },
    underWay,
    withByProducts: process.env.GAMEDAY_KILL_BY_PRODUCTS !== undefined,
    withWatchdog: process.env.GAMEDAY_KILL_WATCHDOG !== undefined,
  });
  let isReading = false;
  let times = 0;
  const boundary = (step) => {
    if (isReading) return; // What reading itself does is no step.
    isReading = true;
    if (statesFile) {
      const text = textOf(state.rest(), state.instances());
      appendFileSync(statesFile, `${JSON.stringify({ step, state: text })}\n`);
    } else if (isMet(state) && ++times === killTime) die();
    isReading = false;
  };
  watchFiles(boundary);
  watchProcesses(boundary);
  watchRequests(boundary);
  process.on('exit', () => boundary('exit'));
  syncBuiltinESMExports();
}

/** A watchdog's standby dies with it, since what this is about is that nobody is left but the next command. */
function die() {
  const { pid } = process;
  const children = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
  for (const child of children.filter(Boolean))
    if (fs.readFileSync(`/proc/${child}/cmdline`, 'latin1').includes('gameday watchdog standby'))
      kill.call(process, Number(child), 'SIGKILL');
  kill.call(process, pid, 'SIGKILL');
}

/**
 * With GAMEDAY_KILL_PART, by the events alone. How the instances stand is not compared while the engine is asked for something,
 * which it does now or a moment later.
 */
function isMet({ rest, instances }) {
  const now = rest();
  if (process.env.GAMEDAY_KILL_PART) return killIn.startsWith(`journal ${now.journal};`);
  const stand = /; instances (.*?)(?=; asked|$)/.exec(killIn)[1];
  if (textOf(now, stand) !== killIn) return false;
  return now.asked.length > 0 || instances() === stand;
}

function watchFiles(boundary) {
  const before = (name, isStep = () => true) => {
    const real = fs[name];
    fs[name] = function (...args) {
      if (isStep(...args)) boundary(name);
      return real.apply(this, args);
    };
  };
  for (const name of [
    'writeSync',
    'fsyncSync',
    'fdatasyncSync',
    'renameSync',
    'linkSync',
    'rmSync',
    'unlinkSync',
    'writeFileSync',
    'appendFileSync',
    'ftruncateSync',
    'truncateSync',
  ])
    before(name);
  before('openSync', (_, flags) => flags !== undefined && flags !== 'r');
  before('mkdirSync', (path) => !fs.existsSync(path));
}

function watchProcesses(boundary) {
  process.kill = (pid, signal) => {
    if (signal !== 0) boundary(`kill ${signal}`);
    return kill.call(process, pid, signal);
  };
  const { spawn } = childProcess;
  childProcess.spawn = function (...args) {
    boundary('spawn');
    return spawn.apply(this, args);
  };
}

function watchRequests(boundary) {
  const { request } = http;
  http.request = function (...args) {
    const { method = 'GET', path = '' } = args.find((each) => each?.path !== undefined) ?? {};
    const made = () => request.apply(this, args);
    if (method === 'GET' || method === 'HEAD' || WATCHES.test(path)) return made();
    const what = `${method} ${path.replaceAll(IDS, 'ID').split('?')[0]}`;
    boundary(`request ${what}`);
    const sent = made();
    sent.once('finish', () => {
      underWay.add(what);
      boundary(`sent ${what}`);
    });
    sent.once('response', () => {
      underWay.delete(what);
      boundary(`answered ${what}`);
    });
    sent.once('error', () => underWay.delete(what));
    return sent;
  };
}
