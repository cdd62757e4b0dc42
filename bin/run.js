#!/usr/bin/env node
// The entry of the standalone CLI. Plain JavaScript that old versions of Node can still parse, so that they can be told.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 13)) {
  process.stderr.write(`gameday needs Node.js 22.13 or newer, and this is ${process.version}.\n`);
  process.exit(2);
}
const { enableCompileCache } = await import('node:module');
enableCompileCache();
const { main } = await import('../dist/main.js');
await main(import.meta.url);
