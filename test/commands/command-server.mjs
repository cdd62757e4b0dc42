// Runs commands of the built CLI one after the other in this one process: most of what a command takes is its start. What the
// parent sends is arguments, folder and environment; what it gets back is what a process of its own would have left.
import { useCompileCache } from '../../dist/compile-cache.js';

useCompileCache();
const loaded = import('../../dist/main.js');

const BIN = new URL('../../bin/run.js', import.meta.url);

class Exit extends Error {
  constructor(code) {
    super(`process.exit(${code})`);
    this.code = code;
  }
}

process.exit = (code) => {
  throw new Exit(code ?? process.exitCode ?? 0);
};
for (const stream of [process.stdout, process.stderr]) stream.setMaxListeners(0);

function collect(stream) {
  let text = '';
  stream.write = (chunk, encoding, callback) => {
    text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    const done = typeof encoding === 'function' ? encoding : callback;
    if (done) process.nextTick(done);
    return true;
  };
  return () => text;
}

process.on('message', async ({ args, cwd, env }) => {
  process.chdir(cwd);
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  process.argv = [process.execPath, BIN.pathname, ...args];
  process.exitCode = undefined;
  const [stdout, stderr] = [collect(process.stdout), collect(process.stderr)];
  let failure = '';
  let code = 0;
  try {
    const { main } = await loaded;
    await main(BIN.href);
    code = process.exitCode ?? 0;
  } catch (error) {
    code = error instanceof Exit ? error.code : 1;
    if (!(error instanceof Exit)) failure = String(error?.stack ?? error);
  }
  process.exitCode = undefined;
  process.send({ code, stdout: stdout(), stderr: stderr() + failure });
});
process.on('disconnect', () => process.reallyExit(0));
