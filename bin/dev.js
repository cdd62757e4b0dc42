#!/usr/bin/env node
// For developers: runs src/ as it is, through Node's own type stripping, with no build and no manifest.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { main } from '../src/main.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8').replaceAll(
  './dist/',
  './src/',
);
await main(import.meta.url, {
  root,
  pjson: JSON.parse(text),
  ignoreManifest: true,
  enableAutoTranspile: false,
});
