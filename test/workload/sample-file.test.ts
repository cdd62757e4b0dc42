import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { BUCKETS, type Window, windowOf } from '../../src/impact/windows.ts';
import { seededRandom } from '../../src/terms/random.ts';
import {
  olderSamples,
  readWindows,
  SampleFile,
  WindowReader,
  whyUnreadable,
} from '../../src/workload/samples/sample-file.ts';
import { parseLine, renderLine } from '../../src/workload/samples/sample-line.ts';
import { noisy, START } from '../impact/windows-made.ts';

const count = fc.oneof(fc.nat(40), fc.nat(5_000_000));
const anyWindow = fc
  .record({
    at: fc.integer({ min: 1_500_000_000_000, max: 4_000_000_000_000 }),
    dt_ms: fc.integer({ min: 1, max: 1_000_000 }),
    in_flight: count,
    dropped: count,
    errors: fc.dictionary(
      fc.constantFrom('refused', 'status 503', 'a "quoted" kind', 'ünïcode'),
      fc.integer({ min: 1, max: 1e6 }),
    ),
    latencies: fc.dictionary(fc.nat(BUCKETS - 1).map(String), fc.integer({ min: 1, max: 1e6 }), {
      maxKeys: 30,
    }),
    timeouts: fc.nat(3),
    unknown: count,
    ramps: fc.boolean(),
  })
  .map(({ latencies, timeouts, unknown, ramps, ...counts }) => {
    const rest = { ...counts, ...(ramps && { ramping: true as const }) };
    const histogram = Object.entries(latencies).flatMap(([bucket, each]) => [Number(bucket), each]);
    const sum = histogram.reduce((all, each, index) => all + (index % 2 ? each : 0), 0);
    if (sum === 0) return windowOf({ ...rest, histogram: [], ok: unknown, timeouts: 0 });
    const timedOut = Math.min(timeouts, sum);
    return windowOf({ ...rest, histogram, ok: sum - timedOut, timeouts: timedOut });
  });

describe('a sample', () => {
  it('comes back from its line as it was', () => {
    fc.assert(
      fc.property(anyWindow, (window) => {
        expect(parseLine(renderLine(window).trimEnd())).to.deep.equal(window);
      }),
    );
  });

  it('is not made of a line that was cut anywhere', () => {
    fc.assert(
      fc.property(
        anyWindow,
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        (window, share) => {
          const line = renderLine(window).trimEnd();
          expect(parseLine(line.slice(0, Math.floor(share * line.length)))).to.equal(null);
        },
      ),
    );
  });

  it('is not made of anything else', () => {
    for (const text of [
      '',
      '# gameday samples 1',
      'mhx3k2p0 250 125 1 xCFK',
      '{"v":1}',
      'null',
      '[]',
      '{"at":1795576000250,"ms":250,"ok":125,"open":1,"hist":"!"}',
      '{"at":1795576000250,"ms":250,"ok":125,"open":1,"hist":"x"}',
      '{"at":1795576000250,"ms":250,"ok":125,"open":1,"hist":"xB"}',
      '{"at":1795576000250,"ms":0,"ok":0,"open":0}',
      '{"at":1795576000250,"ms":250,"ok":-1,"open":0}',
      '{"at":"1795576000250","ms":250,"ok":1,"open":0}',
      '{"at":1795576000250,"ms":250,"ok":1,"open":0,"errors":{"bad":"many"}}',
    ]) {
      expect(parseLine(text), text).to.equal(null);
    }
    fc.assert(fc.property(fc.string(), (text) => void parseLine(text)));
  });
});

describe('the sample file', function () {
  this.timeout(60_000);
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gameday-samples-'));
    path = join(folder, 'samples.ndjson');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const write = (windows: readonly Window[]) => {
    const file = SampleFile.open(path);
    for (const window of windows) expect(file.append(window)).to.equal(true);
    file.close();
  };
  const windows = noisy(3000, seededRandom(1), { perWindow: 30, errors: 0.01 });

  it('gives back what was written, over several writers', () => {
    write(windows.slice(0, 1000));
    write(windows.slice(1000));
    expect(readWindows(path, 0)).to.deep.equal(windows);
    expect(statSync(path).mode & 0o777).to.equal(0o600);
    const [header, ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n');
    expect(JSON.parse(header as string)).to.have.property('v', 2);
    expect(JSON.parse(lines[7] as string)).to.include({
      at: windows[7]?.at,
      ms: 250,
      ok: windows[7]?.ok,
      open: 0,
    });
  });

  it('reads any time range from its end', () => {
    write(windows);
    fc.assert(
      fc.property(fc.integer({ min: -5, max: 3005 }), (index) => {
        const since = START + index * 250;
        expect(readWindows(path, since)).to.deep.equal(
          windows.filter((window) => window.at >= since),
        );
      }),
      { numRuns: 40 },
    );
  });

  it('reads what is asked for and not the whole file', () => {
    write(windows);
    // Everything but the end is unreadable, and nobody notices.
    const bytes = readFileSync(path);
    bytes.fill(0x78, 0, bytes.length - 40_000);
    writeFileSync(path, bytes);
    expect(readWindows(path, START + 2900 * 250)).to.deep.equal(windows.slice(2900));
  });

  it('is empty where there is none', () => {
    expect(readWindows(path, 0)).to.deep.equal([]);
    writeFileSync(path, '');
    expect(readWindows(path, 0)).to.deep.equal([]);
  });

  it('leaves out a last line that is torn, and the next writer takes it off', () => {
    write(windows.slice(0, 20));
    const whole = statSync(path).size;
    for (let cut = 1; cut < 40; cut++) {
      write([windows[20] as Window]);
      truncateSync(path, Math.max(whole, statSync(path).size - cut));
      expect(readWindows(path, 0)).to.deep.equal(windows.slice(0, 20));
    }
    appendFileSync(path, '{"at":17955');
    write(windows.slice(20, 22));
    expect(readWindows(path, 0)).to.deep.equal(windows.slice(0, 22));
    expect(readFileSync(path, 'utf8')).not.to.include('{"at":17955\n');
  });

  it('has a gap for a damaged line in its middle', () => {
    write(windows.slice(0, 10));
    const lines = readFileSync(path, 'utf8').split('\n');
    lines[5] = (lines[5] as string).slice(0, 20);
    writeFileSync(path, lines.join('\n'));
    expect(readWindows(path, 0)).to.deep.equal([...windows.slice(0, 4), ...windows.slice(5, 10)]);
  });

  it('keeps the order of measurement over a clock that was set back', () => {
    const hour = 3_600_000;
    const back = windows.slice(500, 1000).map((window) => ({ ...window, at: window.at - hour }));
    write([...windows.slice(0, 500), ...back]);
    const since = (back[0] as Window).at - 60_000;
    expect(readWindows(path, since)).to.deep.equal([...windows.slice(0, 500), ...back]);
    // An hour and two minutes ago by the new clock: from the set-back on.
    expect(readWindows(path, (back[200] as Window).at)).to.deep.equal(back.slice(200));
  });

  it('is followed by a reader that reads only what is new', () => {
    const reader = new WindowReader(path, START + 100 * 250);
    expect(reader.read()).to.deep.equal([]);
    write(windows.slice(0, 200));
    expect(reader.read()).to.deep.equal(windows.slice(100, 200));
    const file = SampleFile.open(path);
    for (const window of windows.slice(200, 300)) {
      file.append(window);
      expect(reader.read().at(-1)).to.deep.equal(window);
    }
    file.close();
    expect(reader.read()).to.deep.equal(windows.slice(100, 300));
  });

  it('puts a full file aside, keeps one such file, and readers follow', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 0, max: 400 }),
        (steps, since) => {
          for (const each of [path, olderSamples(path)]) rmSync(each, { force: true });
          const sinceMs = START + since * 250;
          const reader = new WindowReader(path, sinceMs);
          const file = SampleFile.open(path, 4000);
          let written = 0;
          for (const step of steps) {
            for (const window of windows.slice(written, written + step)) file.append(window);
            written += step;
            const read = reader.read();
            const kept = readWindows(path, 0);
            // The newest ones without a hole; a reader that followed all along has every one since its moment.
            expect(kept).to.deep.equal(windows.slice(written - kept.length, written));
            expect(kept.length).to.be.at.least(Math.min(written, 25));
            expect(readWindows(path, sinceMs)).to.deep.equal(
              kept.filter(({ at }) => at >= sinceMs),
            );
            expect(read.at(-1)).to.deep.equal(kept.filter(({ at }) => at >= sinceMs).at(-1));
            expect(statSync(path).size).to.be.lessThan(4500);
          }
          file.close();
        },
      ),
      { numRuns: 60 },
    );
  });

  it('misses nothing when the file is put aside between two looks', () => {
    const file = SampleFile.open(path, 4000);
    const reader = new WindowReader(path, 0);
    for (const [index, window] of windows.slice(0, 300).entries()) {
      file.append(window);
      if (index % 10 === 0) reader.read();
    }
    file.close();
    expect(reader.read()).to.deep.equal(windows.slice(0, 300));
  });

  it('says plainly what another version wrote, reads none of it, and puts it aside', () => {
    expect(whyUnreadable(path)).to.equal(null);
    writeFileSync(join(folder, 'samples.log'), '# gameday samples 1\nmhx3k2p0 250 125 1 xCFK\n');
    expect(whyUnreadable(path)).to.match(/samples\.log was written by another version.*version 1;/);
    writeFileSync(path, `{"v":3,"samples":{}}\n${renderLine(windows[0] as Window)}`);
    expect(whyUnreadable(path)).to.match(/version 3; this one reads version 2/);
    expect(readWindows(path, 0)).to.deep.equal([]);
    write(windows.slice(0, 5));
    expect(whyUnreadable(path)).to.equal(null);
    expect(readWindows(path, 0)).to.deep.equal(windows.slice(0, 5));
    expect(readFileSync(olderSamples(path), 'utf8')).to.match(/^\{"v":3/);
  });

  it('is under 37 MB for a day', () => {
    const many = 100_000;
    for (const perWindow of [25, 250]) {
      rmSync(path, { force: true });
      const file = SampleFile.open(path);
      const made = noisy(500, seededRandom(perWindow), { perWindow, errors: 0.001 });
      for (let i = 0; i < many; i++)
        file.append({ ...(made[i % made.length] as Window), at: START + i * 250 });
      file.close();
      const aDay = (statSync(path).size / many) * 4 * 86_400;
      expect(aDay, `${perWindow * 4} operations a second`).to.be.lessThan(37e6);
      expect(readWindows(path, START + (many - 4) * 250)).to.have.length(4);
    }
  });

  it('takes a full disk as a gap, and goes on when there is room', function () {
    if (process.platform !== 'linux') return this.skip();
    write(windows.slice(0, 4));
    // The most a file may hold stands for the disk: what is beyond it is written in part and then refused.
    const most = Math.ceil(statSync(path).size / 512) + 1;
    const program = `
      import { SampleFile } from ${JSON.stringify(new URL('../../src/workload/samples/sample-file.ts', import.meta.url).href)};
      const file = SampleFile.open(process.argv[1]);
      const windows = JSON.parse(process.argv[2]);
      console.log(JSON.stringify(windows.map((window) => file.append(window))));`;
    const script = `trap '' XFSZ; ulimit -f ${most}; exec "$@"`;
    const args = [
      process.execPath,
      '--input-type=module',
      '-e',
      program,
      path,
      JSON.stringify(windows.slice(4, 100)),
    ];
    const { stdout } = spawnSync('sh', ['-c', script, 'sh', ...args], { encoding: 'utf8' });
    const taken: boolean[] = JSON.parse(stdout);
    expect(taken).to.include(true).and.to.include(false);
    const written = windows.slice(4, 100).filter((_, index) => taken[index]);
    expect(readWindows(path, 0)).to.deep.equal([...windows.slice(0, 4), ...written]);
    write(windows.slice(100, 104));
    expect(readWindows(path, 0)).to.deep.equal([
      ...windows.slice(0, 4),
      ...written,
      ...windows.slice(100, 104),
    ]);
  });
});
