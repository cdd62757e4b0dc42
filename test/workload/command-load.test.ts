import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { rateOf } from '../../src/impact/windows.ts';
import type { Command } from '../../src/terms/command.ts';
import { Refusal } from '../../src/terms/outcomes.ts';
import { openLoad } from '../../src/workload/index.ts';
import { Driven, until } from './servers.ts';

describe('command load', function () {
  this.timeout(60_000);
  let folder: string;
  const running: Driven[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gameday-command-'));
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((driven) => driven.stop()));
    rmSync(folder, { recursive: true, force: true });
  });

  /** A node program in the folder; its pid stands in `pid`. */
  function program(source: string): Command {
    writeFileSync(
      join(folder, 'load.mjs'),
      `import { writeFileSync } from 'node:fs';\nwriteFileSync('pid', String(process.pid));\n${source}`,
    );
    return { argv: [process.execPath, 'load.mjs'] };
  }

  async function drive(
    command: Command,
    pattern: string,
    env: NodeJS.ProcessEnv = process.env,
  ): Promise<Driven> {
    const driven = await Driven.start(
      await openLoad({ kind: 'command', command, pattern, setup: null }, { cwd: folder, env }),
    );
    running.push(driven);
    return driven;
  }

  const read = (name: string) => {
    try {
      return readFileSync(join(folder, name), 'utf8');
    } catch {
      return '';
    }
  };
  const pid = () => Number(read('pid'));
  const lives = (id: number) => {
    try {
      if (id === 0) return false;
      process.kill(id, 0);
      return !readFileSync(`/proc/${id}/stat`, 'utf8').includes(') Z ');
    } catch {
      return false;
    }
  };

  it('reads operations a second by a pattern, in windows from report to report', async () => {
    const source = `setInterval(() => console.log('at 12:00: 1,200.5 ops/s'), 300);`;
    const driven = await drive(program(source), '([0-9.,]+) ops/s');
    await until('five reports', () => driven.windows.length >= 5);
    await driven.stop();
    for (const window of driven.windows) expect(rateOf(window)).to.be.closeTo(1200.5, 15);
    for (const window of driven.windows)
      expect(window).to.deep.include({ histogram: [], p99_ms: null, errors: {} });
  });

  it('reads counts that go up, of several kinds in one report, on either output', async () => {
    const source = `
      let s = 0;
      setInterval(() => {
        s += 0.3;
        process.stderr.write('READ   - Takes(s): ' + s.toFixed(1) + ', Count: ' + Math.round(s * 900) + ', OPS: 1, Avg(us): 9\\n');
        process.stderr.write('UPDATE - Takes(s): ' + s.toFixed(1) + ', Count: ' + Math.round(s * 100) + ', OPS: 1, Avg(us): 9\\n');
        process.stderr.write('UPDATE_ERROR - Takes(s): 1, Count: 99999, OPS: 1\\n');
      }, 300);`;
    const driven = await drive(program(source), 'go-ycsb');
    await until('five reports', () => driven.windows.length >= 5);
    await driven.stop();
    for (const { ok } of driven.windows) expect(ok).to.equal(300);
  });

  it('has no window, rather than an empty one, while the program is silent', async () => {
    const driven = await drive(
      program(`setTimeout(() => {}, 1e6); console.log('ready');`),
      '([0-9.]+) ops/s',
    );
    await until('it runs', () => lives(pid()));
    const beside = await Driven.start(
      await openLoad(
        {
          kind: 'command',
          command: program(`setInterval(() => console.log('50 ops/s'), 100);`),
          pattern: '([0-9.]+) ops/s',
          setup: null,
        },
        { cwd: folder },
      ),
    );
    running.push(beside);
    await until('others have three', () => beside.windows.length >= 3);
    expect(driven.windows).to.deep.equal([]);
  });

  it('starts a program that has ended again', async () => {
    const source = `import { appendFileSync } from 'node:fs'; appendFileSync('runs', 'x'); setTimeout(() => console.log('Requests/sec:  500.00'), 200);`;
    const driven = await drive(program(source), 'wrk');
    await until('three runs', () => driven.windows.length >= 3);
    await driven.stop();
    expect(read('runs').length).to.be.at.least(3);
    expect(driven.bad).to.equal(0);
  });

  it('counts a program that fails or cannot be found as an error', async () => {
    const failing = await drive({ shell: 'exit 3' }, '([0-9.]+) ops/s');
    await until('an error', () => failing.bad > 0);
    expect(Object.keys(failing.errors)).to.deep.equal(['exit 3']);
    const missing = await drive({ argv: ['no-such-program-here'] }, '([0-9.]+) ops/s');
    await until('an error', () => missing.bad > 0);
    expect(Object.keys(missing.errors)).to.deep.equal(['exit 127']);
  });

  it('hands arguments over as they are, and a shell line to the shell, with the environment it was given', async () => {
    const source = `writeFileSync('argv', JSON.stringify(process.argv.slice(2)));setInterval(() => console.log('1 ops/s'), 100);`;
    const { argv } = program(source) as { argv: string[] };
    const odd = ['a b', '$HOME', '`id`', "it's", '"', ''];
    await drive({ argv: [...argv, ...odd] }, '([0-9.]+) ops/s');
    await until('the arguments', () => read('argv') !== '');
    expect(JSON.parse(read('argv'))).to.deep.equal(odd);
    await drive({ shell: 'echo "$WORD" | tr a-z A-Z > shouted; sleep 30' }, '([0-9.]+) ops/s', {
      ...process.env,
      WORD: 'hi',
    });
    await until('the shell line', () => read('shouted') === 'HI\n');
  });

  it('ends the program and its children when it is stopped, also one that does not listen', async () => {
    const source = `
      import { spawn } from 'node:child_process';
      process.on('SIGTERM', () => {});
      const child = spawn('sleep', ['1000']);
      writeFileSync('child', String(child.pid));
      setInterval(() => console.log('1 ops/s'), 100);`;
    const driven = await drive(program(source), '([0-9.]+) ops/s');
    await until('a report', () => driven.windows.length > 0);
    const ids = [pid(), Number(read('child'))];
    expect(ids.map(lives)).to.deep.equal([true, true]);
    await driven.stop();
    await until('both gone', () => !ids.some(lives));
  });

  it('ends with the process that drives it, even when that is killed', async () => {
    const command = program(`setInterval(() => console.log('1 ops/s'), 100);`);
    const driver = `
      import { openLoad, createRecorder } from ${JSON.stringify(new URL('../../src/workload/index.ts', import.meta.url).href)};
      const load = await openLoad({ kind: 'command', command: JSON.parse(process.argv[1]), pattern: '([0-9.]+) ops/s', setup: null }, { cwd: process.argv[2] });
      await load.start(createRecorder({ now: Date.now, elapsed: () => performance.now() }));`;
    const child = spawn(
      process.execPath,
      ['--input-type=module', '-e', driver, JSON.stringify(command), folder],
      { stdio: 'ignore' },
    );
    try {
      await until('it runs', () => lives(pid()));
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await until('the program is gone', () => !lives(pid()));
  });

  it('refuses a pattern that has no figure in it', async () => {
    const error = await openLoad(
      { kind: 'command', command: { shell: 'true' }, pattern: 'ops/s', setup: null },
      { cwd: folder },
    ).catch((each: Error) => each);
    expect(error).to.be.instanceOf(Refusal).and.to.include({ code: 'invalid_story' });
  });
});
