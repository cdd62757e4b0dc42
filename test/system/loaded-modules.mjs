/** Preloaded by `--import`: prints, at the end, which files the process has loaded, and which of node's own modules. */
import { registerHooks } from 'node:module';

const files = [];
registerHooks({
  load(url, context, next) {
    if (url.startsWith('file:')) files.push(url);
    return next(url, context);
  },
});
process.on('exit', () => {
  const built = process.moduleLoadList.map((each) => each.replace(/^NativeModule /, ''));
  process.stderr.write(`${JSON.stringify({ files, built })}\n`);
});
