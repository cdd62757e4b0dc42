/** The watchdog's looks at the probes, each in a loop of its own: real loops, with looks that the test decides. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { ProbeLoop } from '../../src/app/watchdog/probe-loop.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { ProbeNote } from '../../src/impact/probe-impact.ts';
import type { Run } from '../../src/run/run.ts';
import type { Look, ProbeSpec } from '../../src/story/probe-spec.ts';
import { Refusal } from '../../src/terms/outcomes.ts';
import { ProbeReader } from '../../src/workload/index.ts';
import { until } from '../commands/cli.ts';
import { fault } from '../story/things.ts';

const tcp = (name: string, more: Partial<ProbeSpec> = {}): ProbeSpec =>
  ({
    look: 'tcp',
    host: name,
    port: 1,
    name,
    timeout_ms: 200,
    retry_for_ms: 0,
    interval_ms: 100,
    ...more,
  }) as ProbeSpec;

function run(more: Partial<Run> = {}): Run {
  return {
    watched: ['a'],
    finished_at: null,
    workload: null,
    faults: [fault()],
    marks: {},
    ...more,
  } as unknown as Run;
}

describe('the looks of the watchdog', function () {
  this.timeout(60_000);
  let folder: string;
  let probing: ProbeLoop | null = null;
  const logged: string[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gameday-probing-'));
    logged.length = 0;
  });
  afterEach(() => {
    probing?.set(null);
    rmSync(folder, { recursive: true, force: true });
  });

  const path = () => join(folder, 'probes.ndjson');
  const notes = () => new ProbeReader(path()).read();
  const states = (probe: string) =>
    notes().flatMap((note: ProbeNote) =>
      'probe' in note && note.probe === probe ? note.state : [],
    );
  const look = (
    probes: ProbeSpec[],
    network: (name: string, signal: AbortSignal) => Promise<Look>,
    openEngine?: () => Promise<Engine>,
  ) => {
    probing = new ProbeLoop({
      probes,
      path: path(),
      openEngine: openEngine ?? (() => Promise.reject(new Error('no engine here'))),
      network: (probe, signal) => network(probe.name, signal),
      log: (text) => void logged.push(text),
    });
    return probing;
  };

  it('write down each change once, with nothing in between', async () => {
    let met = true;
    let looks = 0;
    const made = look([tcp('a')], async () => {
      looks++;
      return { met, text: String(met) };
    });
    made.set(run({ faults: [], workload: { started_at: 'now' } as unknown as Run['workload'] }));
    await until('several looks', () => looks > 3);
    met = false;
    await until('the change', () => states('a').includes('not_met'));
    met = true;
    await until('the change back', () => states('a').length === 3);
    made.set(null);
    expect(states('a')).to.deep.equal(['met', 'not_met', 'met']);
    expect(notes().at(-1)).to.include({ note: 'end' });
    const [count, since] = [looks, performance.now()];
    await until('the time of several looks', () => performance.now() - since > 400);
    expect(looks, 'nobody looks any more').to.equal(count);
  });

  it('look only while a fault is live or a workload runs', () => {
    const made = look([tcp('a')], async () => ({ met: true, text: '' }));
    for (const quiet of [
      run({ faults: [] }),
      run({ watched: [] }),
      run({ finished_at: 'now' }),
      run({ faults: [fault({ phase: 'recovered' })] }),
    ])
      made.set(quiet);
    expect(notes()).to.deep.equal([]);
    made.set(run());
    expect(notes()).to.have.length(1);
  });

  it('one that hangs holds up no other, is called unknown, and is never taken twice at once', async () => {
    let underWay = 0;
    let most = 0;
    let begun = 0;
    let others = 0;
    const made = look([tcp('hangs', { timeout_ms: 50 }), tcp('a')], async (name) => {
      if (name === 'a') {
        others++;
        return { met: true, text: 'well' };
      }
      begun++;
      most = Math.max(most, ++underWay);
      // Deaf to its signal, as a call into a system that hangs is.
      await new Promise((resolve) => setTimeout(resolve, 6000));
      underWay--;
      return { met: true, text: 'late' };
    });
    made.set(run());
    await until('the limit', () => states('hangs').includes('unknown'));
    expect(others).to.be.above(3);
    await until('the look after it', () => begun === 2);
    expect(most).to.equal(1);
    expect(states('a')[0]).to.equal('met');
    made.set(null); // Does not wait for the one that hangs.
  });

  it('that need an engine are unknown while there is none, and ask again', async () => {
    let asked = 0;
    const refuse = async (): Promise<Engine> => {
      asked++;
      throw new Refusal('engine_unreachable', 'The engine does not answer.', 'story doctor');
    };
    const probe = {
      ...tcp('web'),
      look: 'container',
      service: null,
      state: null,
      health: null,
      max_restarts: null,
      oom_killed: null,
    } as ProbeSpec;
    const made = look([probe, tcp('a')], async () => ({ met: true, text: 'well' }), refuse);
    made.set(run());
    await until('it was asked again', () => asked > 2);
    expect(states('web')).to.deep.equal(['unknown']);
    expect(notes().find((note) => 'probe' in note && note.probe === 'web')).to.include({
      text: 'The engine does not answer.',
    });
    expect(states('a')).to.deep.equal(['met']);
  });

  it('say once more how each stands when a fault has come', async () => {
    const made = look([tcp('a')], async () => ({ met: true, text: 'well' }));
    made.set(run({ faults: [], workload: {} as unknown as Run['workload'] }));
    await until('the first look', () => states('a').length === 1);
    made.set(run({ faults: [fault({ injected_at: new Date().toISOString() })] }));
    await until('a look after the fault', () => states('a').length === 2);
    expect(states('a')).to.deep.equal(['met', 'met']);
  });

  it('go on without a file while the folder cannot be written, and say so once', async () => {
    rmSync(folder, { recursive: true, force: true });
    const made = look([tcp('a')], async () => ({ met: true, text: 'well' }));
    for (let turn = 0; turn < 3; turn++) made.set(run());
    expect(logged).to.have.length(1);
    expect(logged[0]).to.match(/ENOENT/);
  });
});
