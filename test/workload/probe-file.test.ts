/** The file of the watchdog's looks: whole lines alone, a size that is bounded, and nothing lost of how a probe stands. */
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { type ProbeNote, spansOf } from '../../src/impact/probe-impact.ts';
import { ProbeFile, ProbeReader } from '../../src/workload/index.ts';

const START = 1_795_576_000_000;

describe('the file of the looks', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gameday-probes-'));
    path = join(folder, 'probes.ndjson');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const met = (at: number, probe = 'a'): ProbeNote => ({
    at: START + at,
    probe,
    state: 'met',
    text: 'it answers',
  });

  it('gives back what was written, for its owner alone', () => {
    const notes: ProbeNote[] = [
      { at: START, note: 'begin' },
      met(1),
      { at: START + 2, probe: 'ä "b"', state: 'not_met', text: 'x\ny' },
    ];
    const file = ProbeFile.open(path);
    for (const note of notes) expect(file.append(note)).to.equal(true);
    file.close();
    expect(new ProbeReader(path).read()).to.deep.equal(notes);
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    expect(JSON.parse(lines[0] as string)).to.have.property('v', 1);
    expect(lines.slice(1).map((line) => JSON.parse(line))).to.deep.equal(notes);
    expect(statSync(path).mode & 0o777).to.equal(0o600);
  });

  it('says that somebody looks without growing, as long as nobody was silent', () => {
    const file = ProbeFile.open(path);
    const reader = new ProbeReader(path);
    file.append(met(0));
    for (let at = 1000; at <= 20_000; at += 1000) expect(file.beat(START + at)).to.equal(true);
    expect(reader.read()).to.deep.equal([
      met(0),
      { at: START + 20_000, note: 'alive', since: START + 1000 },
    ]);
    expect(spansOf(reader.read(), 'a', START + 20_500)).to.have.length(1);
    file.beat(START + 60_000);
    file.append(met(61_000, 'b'));
    file.beat(START + 62_000);
    file.close();
    expect(reader.read().slice(2)).to.deep.equal([
      { at: START + 60_000, note: 'alive', since: START + 60_000 },
      met(61_000, 'b'),
      { at: START + 62_000, note: 'alive', since: START + 62_000 },
    ]);
  });

  it('leaves out a torn or damaged line, and the next writer goes on behind the whole ones', () => {
    writeFileSync(
      path,
      `${JSON.stringify(met(0))}\nnonsense\n{"at":1}\n${JSON.stringify(met(1))}\n`,
    );
    appendFileSync(path, '{"at":17955760');
    expect(new ProbeReader(path).read()).to.deep.equal([met(0), met(1)]);
    const file = ProbeFile.open(path);
    file.append(met(2));
    file.close();
    expect(new ProbeReader(path).read()).to.deep.equal([met(0), met(1), met(2)]);
  });

  it('has nothing in it where there is no file', () =>
    expect(new ProbeReader(path).read()).to.deep.equal([]));

  it('says that a line was lost on a full disk', function () {
    if (process.platform !== 'linux') return this.skip();
    const file = ProbeFile.open('/dev/full');
    expect(file.append(met(0))).to.equal(false);
    expect(file.beat(START)).to.equal(false);
    file.close();
  });

  it('never grows over its limit, and what is left says of every probe how it stands', () => {
    const steps = fc.array(
      fc.record({
        probe: fc.constantFrom('a', 'b', 'c'),
        state: fc.constantFrom('met' as const, 'not_met' as const, 'unknown' as const),
        beat: fc.boolean(),
      }),
      { minLength: 20, maxLength: 120 },
    );
    fc.assert(
      fc.property(steps, (written) => {
        rmSync(path, { force: true });
        const file = ProbeFile.open(path, 2000);
        const last = new Map<string, string>();
        for (const [index, { probe, state, beat }] of written.entries()) {
          const at = START + index * 500;
          if (beat) expect(file.beat(at)).to.equal(true);
          else {
            expect(file.append({ at, probe, state, text: 'x' })).to.equal(true);
            last.set(probe, state);
          }
          expect(readFileSync(path).length).to.be.at.most(2000);
        }
        file.close();
        const notes = new ProbeReader(path).read();
        const times = notes.map(({ at }) => at);
        expect(times).to.deep.equal(times.toSorted((a, b) => a - b));
        for (const [probe, state] of last)
          expect(spansOf(notes, probe, START + written.length * 500).at(-1)?.state).to.equal(state);
      }),
      { numRuns: 50 },
    );
  });
});
