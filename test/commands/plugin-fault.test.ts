/**
 * A kind of fault that another plugin brings: as good as our own while it is there, and recovered from the journal alone once
 * it is gone, by the command and by the watchdog.
 */
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { type Folder, makeFolder, processStory, until } from './cli.ts';
import { type Host, installHost } from './host-with-plugins.ts';

const NOW = ['--countdown', '0'];
const BOTH = ['oclif-plugin-gameday', 'gameday-plugin-lines'];

describe('a kind of fault of another plugin', () => {
  let folder: Folder;
  let host: Host;

  beforeEach(() => {
    folder = makeFolder();
  });
  afterEach(async () => {
    await folder.cleanup();
    await host.cleanup();
  });

  const run = (code: number, ...args: string[]) => host.run(code, folder.path, ...args);
  const faults = async () => (await run(0, 'fault', 'list', '--json')).json.faults as any[];
  const story = async (actions: string) => {
    const chapters = `\n  - { title: Welcome }\n  - title: Cold\n    on_enter: [${actions}]\n`;
    folder.write('gameday.yaml', await processStory(chapters));
  };

  it('is listed with its parameters, and refused by them in words', async () => {
    host = installHost(BOTH);
    expect((await run(0, 'fault', 'kinds')).stdout).to.match(
      /^freeze +freeze the target, as this plugin/m,
    );
    expect((await run(0, 'fault', 'kinds', 'freeze')).stdout).to.match(
      /depth +how deep, from 1 to 9/,
    );
    await story('');
    const refused = await run(
      2,
      'fault',
      'inject',
      'freeze',
      'web-1',
      '--with',
      'depth=ten',
      ...NOW,
    );
    expect(refused.stderr).to.include('expected a depth from 1 to 9');
    const unknown = await run(2, 'fault', 'inject', 'freeze', '--with', 'width=1', ...NOW);
    expect(unknown.stderr).to.match(/freeze has no parameter width/);
  });

  it('is injected by a story and by hand, listed and recovered as our own are', async () => {
    host = installHost(BOTH);
    await story('{ inject: { kind: freeze, service: web-1, depth: "3", countdown: 0 } }');
    await run(0, 'story', 'check');
    await run(0, 'chapter', 'next');
    await run(0, 'chapter', 'next');
    expect(await faults()).to.have.length(1);
    await run(0, 'fault', 'inject', 'freeze', 'web-2', '--with', 'depth=2', ...NOW);
    expect((await run(0, 'fault', 'list')).stdout).to.match(/f2: freeze web-2/);
    await run(0, 'fault', 'recover');
    expect(await faults()).to.deep.equal([]);
  });

  it('is described, recovered and reset from the journal alone after the plugin was uninstalled', async () => {
    host = installHost(BOTH);
    await story('{ inject: { kind: freeze, service: web-1, countdown: 0 } }');
    await run(0, 'chapter', 'next');
    await run(0, 'chapter', 'next');
    host.uninstall('gameday-plugin-lines');
    expect((await run(0, 'fault', 'list')).stdout).to.match(/f1: freeze web-1/);
    expect((await faults())[0].drift[0]).to.include({ finding: 'in_force' });
    await run(0, 'fault', 'recover');
    expect(await faults()).to.deep.equal([]);
    await run(0, 'chapter', 'reset');
  });

  it('is ended by its limit although the plugin was uninstalled meanwhile', async () => {
    host = installHost(BOTH);
    await story('{ inject: { kind: freeze, service: web-1, countdown: 0, duration: 4s } }');
    await run(0, 'chapter', 'next');
    await run(0, 'chapter', 'next');
    host.uninstall('gameday-plugin-lines');
    expect(await faults()).to.have.length(1);
    await until('the watchdog has recovered it', async () => (await faults()).length === 0);
  });
});
