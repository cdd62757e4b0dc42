/** The journal of Chaos Toolkit: its published shape, and what its own `chaos report` makes of it where that is installed. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Event } from '../../src/run/events.ts';
import { type ReportReadings, reportOf } from '../../src/run/report/report.ts';
import { renderReport } from '../../src/view/report/index.ts';
import { foldersOfATest } from '../commands/cli.ts';
import { readings, whole } from './runs-made.ts';

/** https://chaostoolkit.org/reference/api/journal/ and /experiment/, as far as they say what has to be there. */
const ACTIVITY = {
  type: 'object',
  required: ['type', 'name', 'provider'],
  properties: {
    type: { enum: ['action', 'probe'] },
    provider: {
      type: 'object',
      required: ['type', 'path'],
      properties: { type: { const: 'process' } },
    },
  },
  if: { properties: { type: { const: 'probe' } } },
  // biome-ignore lint/suspicious/noThenProperty: a word of JSON Schema
  then: { required: ['tolerance'] },
};
const RUN = {
  type: 'object',
  required: ['activity', 'status', 'output', 'start', 'end', 'duration'],
  properties: {
    activity: ACTIVITY,
    status: { enum: ['succeeded', 'failed'] },
    duration: { type: 'number', minimum: 0 },
    exception: { type: 'array', items: { type: 'string' } },
    tolerance_met: { type: 'boolean' },
  },
};
const STATE = {
  type: ['object', 'null'],
  required: ['steady_state_met', 'probes'],
  properties: { steady_state_met: { type: 'boolean' }, probes: { type: 'array', items: RUN } },
};
const JOURNAL = {
  type: 'object',
  required: [
    'chaoslib-version',
    'platform',
    'node',
    'experiment',
    'start',
    'status',
    'deviated',
    'steady_states',
    'run',
    'rollbacks',
    'end',
    'duration',
  ],
  properties: {
    experiment: {
      type: 'object',
      required: ['title', 'description', 'method'],
      properties: {
        method: { type: 'array', items: ACTIVITY },
        rollbacks: { type: 'array', items: ACTIVITY },
      },
    },
    status: { enum: ['completed', 'failed', 'aborted', 'interrupted'] },
    steady_states: {
      type: 'object',
      required: ['before', 'after', 'during'],
      properties: { before: STATE, after: STATE, during: { type: 'array', items: STATE } },
    },
    run: { type: 'array', items: RUN },
    rollbacks: { type: 'array', items: RUN },
    duration: { type: 'number' },
  },
};

const hasReport = (() => {
  try {
    execFileSync('chaos', ['--no-version-check', 'report', '--help'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

async function journalOf(more: Partial<ReportReadings> = {}): Promise<any> {
  const given = readings(more);
  const report = reportOf(given);
  const host = { bin: 'gameday', separator: ' ' };
  const journal = JSON.parse(
    await renderReport('chaostoolkit', report, { events: given.events, windows: () => [] }, host),
  );
  const isValid = new Ajv({ allowUnionTypes: true }).compile(JOURNAL);
  expect(isValid(journal), JSON.stringify(isValid.errors)).to.equal(true);
  return journal;
}

describe('a report as a journal of Chaos Toolkit', function () {
  this.timeout(120_000);
  const folder = foldersOfATest();

  it('has the faults and looks as its run, and the recoveries as its rollbacks', async () => {
    const journal = await journalOf();
    expect(journal).to.include({ status: 'completed', deviated: true, duration: 60.1 });
    const [fault] = journal.run;
    expect(fault.activity).to.deep.equal({
      type: 'action',
      name: 'kill web-1',
      provider: {
        type: 'process',
        path: 'gameday',
        arguments: ['fault', 'inject', 'kill', 'web-1'],
      },
    });
    expect(fault).to.include({
      start: '2026-11-01T12:00:19.990Z',
      status: 'succeeded',
      duration: 0.01,
    });
    expect(fault.output.fault).to.equal('f1');
    expect(journal.rollbacks).to.have.length(1);
    expect(journal.rollbacks[0]).to.include({ status: 'succeeded', duration: 4 });
    const { before, after, during } = journal.steady_states;
    expect([before, after, ...during].map((each) => each.steady_state_met)).to.deep.equal([
      true,
      true,
      false,
    ]);
    expect(during[0].probes[0]).to.include({ tolerance_met: false, status: 'succeeded' });
    expect(during[0].probes[0].output.measured).to.equal(33);
  });

  it('leaves out nothing of a run of thousands of events', async () => {
    const { events } = readings();
    const check = events.find(({ type }) => type === 'steady_state.checked') as Event;
    const at = events.indexOf(check);
    const many = Array.from({ length: 3000 }, () => check);
    const long = [...events.slice(0, at), ...many, ...events.slice(at)];
    const numbered = long.map((event, index) => ({ ...event, seq: index + 1 }) as Event);
    const of = async (of: readonly Event[]) =>
      (await journalOf({ events: of })).steady_states.during.length;
    expect((await of(numbered)) - (await of(events))).to.equal(3000);
  });

  it('says that a run goes on, and that nothing is known of an intent', async () => {
    const live = await journalOf({ events: whole().slice(0, 7) });
    expect(live).to.include({ status: 'interrupted' });
    expect(live.run[0]).to.include({ status: 'failed' });
    expect(live.rollbacks).to.deep.equal([]);
    const { after } = live.steady_states;
    expect(after).to.equal(null);
  });

  it('is read by `chaos report`', async function () {
    if (!hasReport) this.skip();
    const { path: cwd } = folder();
    writeFileSync(join(cwd, 'journal.json'), JSON.stringify(await journalOf()));
    const args = ['report', '--export-format', 'markdown', 'journal.json', 'report.md'];
    const env = { ...process.env, HOME: cwd };
    execFileSync('chaos', ['--no-version-check', ...args], { cwd, env, stdio: 'pipe' });
    const text = readFileSync(join(cwd, 'report.md'), 'utf8');
    expect(text).to.match(/Action - kill web-1/);
    expect(text)
      .to.include('1 of 4 expectations was not met')
      .and.match(/errors \\?<= 5% .*True/);
  });
});
