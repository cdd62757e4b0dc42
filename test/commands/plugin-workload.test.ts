/** A workload that another plugin brings: a real oclif host with both plugins in it. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { type Folder, makeFolder, processStory } from './cli.ts';
import { type Host, installHost, PLUGIN } from './host-with-plugins.ts';

let folder: Folder;
let host: Host;

async function story(use: string, options: (port: number) => string): Promise<void> {
  const workload = (port: number) =>
    `workload: { kind: plugin, use: ${use}, with: ${options(port)}, rate: 50/s }\n`;
  const text = await processStory('\n  - { title: Welcome }\n', 'PLUGIN_WORKLOAD');
  const port = Number(/port: (\d+)/.exec(text)?.[1]);
  folder.write('gameday.yaml', text.replace('PLUGIN_WORKLOAD', workload(port)));
}

const SAYS = (port: number) => `{ port: ${port}, say: "GET /healthz HTTP/1.0\\r\\n\\r\\n" }`;

describe('a workload of another plugin', () => {
  beforeEach(() => {
    folder = makeFolder();
  });
  afterEach(async () => {
    await folder.cleanup();
    await host.cleanup();
  });

  it('is found by its name, measured as our own are, and feels the fault', async () => {
    host = installHost(['oclif-plugin-gameday', 'gameday-plugin-lines']);
    await story('lines', SAYS);
    await host.run(0, folder.path, 'chapter', 'next');
    const started = await host.run(0, folder.path, 'workload', 'start');
    expect(started.stdout).to.match(/plugin workload: \d+ ops\/s.*no errors/);
    await host.run(0, folder.path, 'fault', 'inject', 'kill', 'web-1', '--countdown', '0');
    const { stdout, stderr } = await host.run(0, folder.path, 'fault', 'recover');
    expect(`${stdout}${stderr}`).to.match(/web-1 killed: \d+ operations? lost/);
    await host.run(0, folder.path, 'workload', 'stop');
  });

  it('may be a module beside the story, with no plugin at all', async () => {
    host = installHost(['oclif-plugin-gameday']);
    cpSync(join(PLUGIN, 'lines.js'), join(folder.path, 'lines.mjs'));
    await story('./lines.mjs', SAYS);
    await host.run(0, folder.path, 'workload', 'start');
    await host.run(0, folder.path, 'workload', 'stop');
  });

  it('that nobody offers is refused, and what is offered is named', async () => {
    host = installHost(['oclif-plugin-gameday', 'gameday-plugin-lines']);
    await story('line', SAYS);
    const { stderr } = await host.run(2, folder.path, 'chapter', 'next');
    expect(stderr).to.include(
      'No installed plugin offers the workload line. Installed plugins offer: lines.',
    );
  });

  it('that cannot be opened says why to whoever starts it', async () => {
    host = installHost(['oclif-plugin-gameday', 'gameday-plugin-lines']);
    await story('lines', () => '{ port: none }');
    const { stderr } = await host.run(2, folder.path, 'workload', 'start');
    expect(stderr).to.include('The workload lines cannot be opened: `with.port` must be a port.');
  });
});
