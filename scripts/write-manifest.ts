/** Writes oclif.manifest.json: what a host knows of the commands without loading one of them. From dist/, as it is published. */
import { writeFileSync } from 'node:fs';
import { Plugin } from '@oclif/core/config';

const plugin = new Plugin({ root: process.cwd(), ignoreManifest: true, errorOnManifestCreate: true });
await plugin.load();
const { commands, version } = plugin.manifest;
for (const command of Object.values(commands)) {
  // Where the package lies on this machine is nobody's business.
  delete command['pluginName'];
  delete command['pluginAlias'];
  delete command['pluginType'];
}
writeFileSync('oclif.manifest.json', `${JSON.stringify({ commands, version }, null, 2)}\n`);
