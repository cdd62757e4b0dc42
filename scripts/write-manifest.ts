/**
 * Writes oclif.manifest.json: what a host knows of the commands without loading one of them. From dist/, as it is published.
 * `-` instead of writing: prints it.
 */
import { writeFileSync } from 'node:fs';
import { Plugin } from '@oclif/core/config';

const plugin = new Plugin({
  root: process.cwd(),
  ignoreManifest: true,
  errorOnManifestCreate: true,
});
await plugin.load();
const { version } = plugin.manifest;
// Folders are read in no particular order; a file that is committed has one.
const commands = Object.fromEntries(
  Object.entries(plugin.manifest.commands).toSorted(([a], [b]) => (a < b ? -1 : 1)),
);
for (const command of Object.values(commands)) {
  // Where the package lies on this machine is nobody's business.
  delete command.pluginName;
  delete command.pluginAlias;
  delete command.pluginType;
}
const text = `${JSON.stringify({ commands, version }, null, 2)}\n`;
if (process.argv[2] === '-') process.stdout.write(text);
else writeFileSync('oclif.manifest.json', text);
