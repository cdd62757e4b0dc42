/** The file of instance states: several writers, deaths in mid-line, and a day of a stack that never rests. */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { StateLog, StateLogReader } from '../../src/journal/index.ts';
import type { Observed } from '../../src/run/instance-states.ts';
import { inFolder } from './sample.ts';

const seen = (number: number, state: Observed['state'] = 'running'): Observed => ({
  id: `id-${number}`,
  service: 'web',
  number,
  state,
  health: 'none',
});
const file = (folder: string) => join(folder, 'instances.ndjson');
const lines = (path: string) =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
const states = (reader: StateLogReader) =>
  Object.fromEntries(
    [...reader.read().instances.values()].map((each) => [each.instance, each.state]),
  );

describe('journal: the states of the instances', () => {
  it('two writers write each change once, and a reader has it from both', () =>
    inFolder((folder) => {
      mkdirSync(folder, { recursive: true });
      const [one, two] = [true, false].map((isOnly) => new StateLog(folder, { isOnly }));
      const reader = new StateLogReader(folder);
      expect(reader.read().at).to.equal(null);
      one?.observe([seen(1), seen(2)], 1000, true);
      one?.flush();
      two?.observe([seen(1, 'exited')], 2000, false);
      two?.flush();
      one?.observe([seen(1, 'exited'), seen(2)], 3000, true);
      one?.flush();
      expect(
        lines(file(folder)).map(({ instance, state }) => `${instance} ${state}`),
      ).to.deep.equal(['web-1 running', 'web-2 running', 'web-1 exited']);
      expect(states(reader)).to.deep.equal({ 'web-1': 'exited', 'web-2': 'running' });
      expect(statSync(file(folder)).mode & 0o777).to.equal(0o600);
    }));

  it('a line that a dead writer left half written spoils neither those before nor those after it', () =>
    inFolder((folder) => {
      mkdirSync(folder, { recursive: true });
      const log = new StateLog(folder, { isOnly: true });
      log.observe([seen(1)], 1000, true);
      log.flush();
      appendFileSync(file(folder), '{"at":"2026-11-24T12:00:00.0');
      const next = new StateLog(folder, { isOnly: true });
      next.observe([seen(1, 'exited')], 2000, true);
      next.flush();
      expect(states(new StateLogReader(folder))).to.deep.equal({ 'web-1': 'exited' });
    }));

  it('a reader that follows has read no line twice and none by halves', () =>
    inFolder((folder) => {
      mkdirSync(folder, { recursive: true });
      const log = new StateLog(folder, { isOnly: true });
      log.observe([seen(1)], 1000, true);
      log.flush();
      const whole = readFileSync(file(folder));
      const reader = new StateLogReader(folder);
      for (let length = 0; length <= whole.length; length++) {
        writeFileSync(file(folder), whole.subarray(0, length));
        expect(states(reader)).to.deep.equal(length < whole.length ? {} : { 'web-1': 'running' });
      }
      const before = reader.read();
      expect(reader.read(), 'nothing is read again').to.equal(before);
    }));

  it('is bounded: what is full is put aside once, and the new one tells how all stand', () =>
    inFolder((folder) => {
      mkdirSync(folder, { recursive: true });
      const limitBytes = 4096;
      const log = new StateLog(folder, { isOnly: true, limitBytes });
      const reader = new StateLogReader(folder);
      log.observe([seen(1), seen(2), seen(3)], 1000, true);
      log.observe([seen(1), seen(2)], 2000, true);
      for (let i = 0; i < 300; i++) {
        log.observe([seen(1, i % 2 ? 'exited' : 'running'), seen(2)], 3000 + i, true);
        log.flush();
        expect(states(reader)['web-1']).to.equal(i % 2 ? 'exited' : 'running');
      }
      expect(existsSync(join(folder, 'instances.1.ndjson'))).to.equal(true);
      expect(statSync(file(folder)).size).to.be.below(2 * limitBytes);
      expect(states(new StateLogReader(folder))).to.deep.equal({
        'web-1': 'exited',
        'web-2': 'running',
      });
    }));

  it('where it cannot be written, that is said and nothing fails', () =>
    inFolder((folder) => {
      const log = new StateLog(join(folder, 'not', 'there'), { isOnly: true });
      log.observe([seen(1)], 1000, true);
      expect(log.flush()).to.equal(false);
    }));
});
