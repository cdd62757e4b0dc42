/** A workload that another plugin brings: a real oclif host with both plugins in it, as `plugins install` would have left them. */
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { type Ended, type Folder, makeFolder, processStory, startProgram } from './cli.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PLUGIN = fileURLToPath(new URL('../fixtures/plugin/', import.meta.url));
const RUN = `import { execute } from '@oclif/core';\nawait execute({ dir: import.meta.url });\n`;

let folder: Folder;
let hostFolder: Folder;

/** Installed in a folder of its own; `plugins`: which of the two. */
function installHost(plugins: string[]): void {
  const modules = join(hostFolder.path, 'node_modules');
  mkdirSync(modules);
  symlinkSync(join(ROOT, 'node_modules/@oclif'), join(modules, '@oclif'));
  symlinkSync(ROOT, join(modules, 'oclif-plugin-gameday'));
  cpSync(PLUGIN, join(modules, 'gameday-plugin-lines'), { recursive: true });
  const oclif = { bin: 'host', dirname: 'host', plugins, topicSeparator: ' ' };
  const dependencies = Object.fromEntries(plugins.map((name) => [name, '*']));
  hostFolder.write(
    'package.json',
    JSON.stringify({ name: 'host', version: '1.0.0', type: 'module', oclif, dependencies }),
  );
  hostFolder.write('run.js', RUN);
}

function host(...args: string[]): Promise<Ended> {
  return startProgram(process.execPath, [join(hostFolder.path, 'run.js'), ...args], {
    cwd: folder.path,
  }).ended;
}

async function expectHost(code: number, ...args: string[]): Promise<Ended> {
  const ended = await host(...args);
  expect(ended.code, `host ${args.join(' ')}\n${ended.stdout}${ended.stderr}`).to.equal(code);
  return ended;
}

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
    hostFolder = makeFolder();
  });
  afterEach(async () => {
    await folder.cleanup();
    await hostFolder.cleanup();
  });

  it('is found by its name, measured as our own are, and feels the fault', async () => {
    installHost(['oclif-plugin-gameday', 'gameday-plugin-lines']);
    await story('lines', SAYS);
    await expectHost(0, 'chapter', 'next');
    const started = await expectHost(0, 'workload', 'start');
    expect(started.stdout).to.match(/plugin workload: \d+ ops\/s.*no errors/);
    await expectHost(0, 'fault', 'inject', 'kill', 'web-1', '--countdown', '0');
    const { stdout, stderr } = await expectHost(0, 'fault', 'recover');
    expect(`${stdout}${stderr}`).to.match(/web-1 killed: \d+ operations? lost/);
    await expectHost(0, 'workload', 'stop');
  });

  it('may be a module beside the story, with no plugin at all', async () => {
    installHost(['oclif-plugin-gameday']);
    cpSync(join(PLUGIN, 'lines.js'), join(folder.path, 'lines.mjs'));
    await story('./lines.mjs', SAYS);
    await expectHost(0, 'workload', 'start');
    await expectHost(0, 'workload', 'stop');
  });

  it('that nobody offers is refused, and what is offered is named', async () => {
    installHost(['oclif-plugin-gameday', 'gameday-plugin-lines']);
    await story('line', SAYS);
    const { stderr } = await expectHost(2, 'chapter', 'next');
    expect(stderr).to.include(
      'No installed plugin offers the workload line. Installed plugins offer: lines.',
    );
  });

  it('that cannot be opened says why to whoever starts it', async () => {
    installHost(['oclif-plugin-gameday', 'gameday-plugin-lines']);
    await story('lines', () => '{ port: none }');
    const { stderr } = await expectHost(2, 'workload', 'start');
    expect(stderr).to.include('The workload lines cannot be opened: `with.port` must be a port.');
  });
});
