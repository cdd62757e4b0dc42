/** Who bears a pid: through /proc where there is one, and through `ps`, which macOS needs and Linux has as well. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import {
  bearersOf,
  isAlive,
  lookAt,
  lookThroughPs,
  parseIdentity,
} from '../../src/system/process-table.ts';
import { eventually } from '../engine/contract.ts';

describe('the table of processes', () => {
  let child: ChildProcess;
  let pid: number;

  beforeEach(async () => {
    child = spawn('sleep', ['600'], {
      stdio: 'ignore',
      env: { ...process.env, GAMEDAY_TEST: 'a table' },
    });
    await once(child, 'spawn');
    pid = child.pid as number;
  });
  afterEach(() => {
    child.kill('SIGKILL');
  });

  for (const [name, look] of Object.entries({ lookAt, lookThroughPs })) {
    it(`${name}: the living are the same at every look, the frozen are frozen, the dead are missing`, async () => {
      const first = look([pid, process.pid]);
      expect([...first.keys()].sort()).to.deep.equal([pid, process.pid].sort());
      expect(isAlive(first.get(pid))).to.equal(true);
      expect(look([pid]).get(pid)?.identity).to.equal(first.get(pid)?.identity);
      child.kill('SIGSTOP');
      await eventually('it is frozen', () => look([pid]).get(pid)?.letter === 'T');
      child.kill('SIGKILL');
      await once(child, 'exit');
      expect(isAlive(look([pid, process.pid]).get(pid))).to.equal(false);
      expect(isAlive(look([pid, process.pid]).get(process.pid))).to.equal(true);
      expect(look([pid]).size).to.equal(0);
      expect(look([]).size).to.equal(0);
    });
  }

  it('a process that is dead and waits for its parent is not alive', () => {
    expect([
      isAlive(undefined),
      isAlive({ identity: '', letter: 'Z' }),
      isAlive({ identity: '', letter: 'T' }),
    ]).to.deep.equal([false, false, true]);
  });

  it('the identity that a shell reads from `ps` is the one that we read', () => {
    const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC0' };
    const { stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env,
    });
    const [theirs, ours] = [
      parseIdentity('', stdout),
      lookThroughPs([pid]).get(pid)?.identity ?? '',
    ];
    expect(theirs).to.match(/^\w{3} \w{3} +\d+ \d\d:\d\d:\d\d \d{4}$/);
    // `ps` of Linux counts from the boot, whose time it rounds anew at each look.
    expect(Math.abs(Date.parse(theirs) - Date.parse(ours))).to.be.at.most(1000);
  });

  it('the identity that a shell reads from /proc is the one that we read', function () {
    if (process.platform !== 'linux') return this.skip();
    const [boot, stat] = ['/proc/sys/kernel/random/boot_id', `/proc/${pid}/stat`].map((path) =>
      readFileSync(path, 'latin1').trim(),
    );
    expect(parseIdentity(boot ?? '', stat ?? '')).to.equal(lookAt([pid]).get(pid)?.identity);
  });

  it('takes a name with spaces and brackets for what it is', () => {
    const fields = Array.from({ length: 50 }, (_, index) => String(index + 3)).join(' ');
    expect(parseIdentity('boot', `7 (a) b (c) R) ${fields}`)).to.equal('boot:22');
  });

  it('finds who began with an entry in its environment, whole', async function () {
    if (process.platform !== 'linux') return this.skip();
    await eventually('it has its environment', () => bearersOf('GAMEDAY_TEST=a table').has(pid));
    expect([...bearersOf('GAMEDAY_TEST=a table').keys()]).to.deep.equal([pid]);
    expect(bearersOf('GAMEDAY_TEST=a tab').size).to.equal(0);
  });

  it('says that there is no `ps` instead of taking everybody for dead', () => {
    const path = process.env.PATH;
    try {
      process.env.PATH = '/nowhere';
      expect(() => lookThroughPs([pid])).to.throw(/ENOENT/);
    } finally {
      process.env.PATH = path;
    }
  });
});
