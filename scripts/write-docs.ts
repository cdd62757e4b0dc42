/** Writes docs/reference.md, and the table of exit codes into README.md. Run it by `npm run generate`, which makes the manifest first. */
import { readFileSync, writeFileSync } from 'node:fs';
import { type ManifestCommand, renderCommands, renderExits, renderReference } from './reference.ts';

const { commands } = JSON.parse(readFileSync('oclif.manifest.json', 'utf8')) as {
  commands: Record<string, ManifestCommand>;
};
writeFileSync('docs/reference.md', renderReference(commands));

const sections: [between: RegExp, text: string][] = [
  [/(<!-- exit codes: [^\n]*-->\n)[\s\S]*?(<!-- end of exit codes -->)/, renderExits()],
  [/(<!-- commands -->\n)[\s\S]*?(<!-- commandsstop -->)/, renderCommands(commands)],
];
let readme = readFileSync('README.md', 'utf8');
for (const [between, text] of sections)
  readme = readme.replace(between, (_, begin: string, end: string) => `${begin}${text}\n${end}`);
writeFileSync('README.md', readme);
