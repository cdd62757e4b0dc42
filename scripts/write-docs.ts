/** Writes docs/reference.md, and the table of exit codes into README.md. Run it by `npm run generate`, which makes the manifest first. */
import { readFileSync, writeFileSync } from 'node:fs';
import { type ManifestCommand, renderExits, renderReference } from './reference.ts';

const { commands } = JSON.parse(readFileSync('oclif.manifest.json', 'utf8')) as {
  commands: Record<string, ManifestCommand>;
};
writeFileSync('docs/reference.md', renderReference(commands));

const between = /(<!-- exit codes: [^\n]*-->\n)[\s\S]*?(<!-- end of exit codes -->)/;
const readme = readFileSync('README.md', 'utf8');
writeFileSync(
  'README.md',
  readme.replace(between, (_, begin: string, end: string) => `${begin}${renderExits()}\n${end}`),
);
