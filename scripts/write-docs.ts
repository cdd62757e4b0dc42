/** Writes docs/reference.md. Run it by `npm run generate`, which makes the manifest first. */
import { readFileSync, writeFileSync } from 'node:fs';
import { type ManifestCommand, renderReference } from './reference.ts';

const { commands } = JSON.parse(readFileSync('oclif.manifest.json', 'utf8')) as { commands: Record<string, ManifestCommand> };
writeFileSync('docs/reference.md', renderReference(commands));
