#!/usr/bin/env node
// The entry of the standalone CLI. Plain JavaScript that old versions of Node can still parse, so that they can be told.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 13)) {
  const message = `gameday needs Node.js 22.13 or newer, and this is ${process.version}.`;
  const args = process.argv.slice(2);
  const end = args.indexOf('--');
  const wantsJson = (end < 0 ? args : args.slice(0, end)).includes('--json');
  const next = 'Install a newer Node.js from https://nodejs.org, and repeat the command.';
  if (wantsJson) {
    const error = { code: 'old_node', message, next, exit: 2 };
    process.stdout.write(`${JSON.stringify({ error })}\n`);
  } else process.stderr.write(`${message}\n`);
  process.exit(2);
}
const { useCompileCache } = await import('../dist/compile-cache.js');
useCompileCache();
const { main } = await import('../dist/main.js');
await main(import.meta.url);
