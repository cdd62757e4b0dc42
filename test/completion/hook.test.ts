/** What the hook adds to a host's own completion, with oclif's real configuration and files in a cache folder of the test's own. */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Config } from '@oclif/core';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import hook from '../../src/hooks/postrun.ts';
import { hasShell } from './shells.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const THEIRS =
  'their_function() { COMPREPLY=(theirs); }\ncomplete -o default -F their_function gameday\n';

let home: string;
let config: Config;

beforeEach(async () => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'gameday-host-')));
  const before = process.env.XDG_CACHE_HOME;
  process.env.XDG_CACHE_HOME = home;
  try {
    config = await Config.load({ root: ROOT });
  } finally {
    if (before === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = before;
  }
});
afterEach(() => {
  rmSync(home, { recursive: true, force: true });
});

const bashFile = () => join(config.cacheDir, 'autocomplete/functions/bash/gameday.bash');
const zshFile = () => join(config.cacheDir, 'autocomplete/zsh_setup');

/** As the host's `autocomplete` leaves it. */
function hostWrites(): void {
  mkdirSync(join(config.cacheDir, 'autocomplete/functions/bash'), { recursive: true });
  writeFileSync(bashFile(), THEIRS);
  writeFileSync(zshFile(), 'autoload -Uz compinit;\ncompinit -u -D;\n');
}

/** The hook, as oclif calls it after the command with this id. */
async function ran(id: string): Promise<void> {
  await hook.call({} as never, { Command: { id }, argv: [], config, context: {} } as never);
}

describe('completion: the hook in a host', () => {
  it('adds ours once, however often the host writes its own', async () => {
    hostWrites();
    await ran('autocomplete');
    await ran('autocomplete:create');
    const text = readFileSync(bashFile(), 'utf8');
    expect(text.startsWith(THEIRS)).to.equal(true);
    expect(text.match(/begin of what/g)).to.have.length(1);
    expect(readFileSync(zshFile(), 'utf8').match(/begin of what/g)).to.have.length(1);
    hostWrites();
    expect(
      readdirSync(join(config.cacheDir, 'autocomplete'), { recursive: true }).map(String).sort(),
      'nothing beside the files of the host',
    ).to.deep.equal(['functions', 'functions/bash', 'functions/bash/gameday.bash', 'zsh_setup']);
  });

  it('does nothing after any other command, and makes no file where the host has none', async () => {
    await ran('autocomplete');
    expect(existsSync(config.cacheDir)).to.equal(false);
    hostWrites();
    await ran('org:list');
    expect(readFileSync(bashFile(), 'utf8')).to.equal(THEIRS);
  });

  it('in bash, the function of the host goes on completing what is not ours', async function () {
    if (!hasShell('bash')) this.skip();
    hostWrites();
    await ran('autocomplete');
    const ask =
      'COMP_LINE=$1; COMP_POINT=@{#1}; "__gameday_gameday" gameday "" ""; echo "@{COMPREPLY[*]}"'.replaceAll(
        '@{',
        '${',
      );
    const script = `source '${bashFile()}'; source '${bashFile()}'; complete -p gameday; ask() { ${ask}; }; ask 'gameday org l'; ask 'gameday fault inject k'`;
    const { stdout, stderr } = spawnSync('bash', ['--norc', '--noprofile', '-c', script], {
      encoding: 'utf8',
      cwd: home,
    });
    expect(stderr).to.equal('');
    expect(stdout).to.equal('complete -o default -F __gameday_gameday gameday\ntheirs\nkill\n');
  });

  it('in zsh, too', async function () {
    if (!hasShell('zsh')) this.skip();
    hostWrites();
    writeFileSync(
      zshFile(),
      `${readFileSync(zshFile(), 'utf8')}their_function() { print theirs }\ncompdef their_function gameday\n`,
    );
    await ran('autocomplete');
    const script = `source '${zshFile()}'; print $_comps[gameday]; words=(gameday org l) CURRENT=3 PREFIX=l; __gameday_gameday`;
    const { stdout } = spawnSync('zsh', ['-f', '-c', script], { encoding: 'utf8', cwd: home });
    expect(stdout).to.equal('__gameday_gameday\ntheirs\n');
  });
});
