/** Probes of the steady state, with the real CLI on real processes: before a fault, all the time while it is live, and after it. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import {
  events,
  expectExit,
  type Folder,
  gameday,
  makeFolder,
  pids,
  processStory,
  refusalOf,
  until,
} from './cli.ts';
import { killWatchdog } from './watchdog.ts';

const CHAPTERS = `
  - { title: Welcome, on_enter: [ { probe: { log: web, must_show: listening, since: run, retry_for: 20s } } ] }
  - { title: Fault Injection, on_enter: [ { inject: { kind: kill, service: web-1, countdown: 0s } } ] }
  - { title: Detection, on_enter: [ { detect: 20s } ] }
  - { title: Diagnosis, on_enter: [ { diagnose: true } ] }
  - { title: Recovery, on_enter: [ { recover: all } ] }
  - { title: End }
`;

describe('probes of the steady state', function () {
  this.timeout(180_000);
  let folder: Folder;
  const at = () => ({ cwd: folder.path });
  const file = (name: string) => readFileSync(join(folder.path, '.gameday/runs/r1', name), 'utf8');
  const inject = ['fault', 'inject', 'kill', 'web-1', '--countdown', '0'];

  // Each on a stack of its own, so that a test that is tried again begins where it began the first time.
  beforeEach(async () => {
    folder = makeFolder({ ready: '' });
    const steady = (port: number) => `steady_state:
  - probe: { name: checkout, http: "http://user:s3cret@127.0.0.1:${port}/healthz", timeout: 1s, interval: 200ms }
  - probe: { name: flag, command: [test, -e, ready], interval: 500ms, timeout: 10s }
  - recover_within: 60s`;
    const bare = await processStory(CHAPTERS);
    const port = Number(/port: (\d+)/.exec(bare)?.[1]);
    folder.write('gameday.yaml', bare.replace('chapters:', `${steady(port)}\nchapters:`));
    await expectExit(0, ['chapter', 'next'], at());
  });
  afterEach(() => folder?.cleanup());

  it('notice a fault while nobody of ours looks, and say how long they were not met', async () => {
    await expectExit(0, ['chapter', 'next'], at());
    await until('the watchdog has noticed', () => file('probes.ndjson').includes('not_met'));
    const detected = await expectExit(0, ['chapter', 'next'], at());
    expect(detected.stderr).to.match(/the probe checkout noticed, [\d.]+m?s after the fault/);
    expect(detected.stderr).to.include('the probe flag has not noticed');
    const { found } = events(folder.path)
      .filter((event) => event.type === 'action.done')
      .at(-1);
    expect(found.notices.map((notice: any) => `${notice.by} ${notice.target}`)).to.include(
      'probe checkout',
    );
    const diagnosed = await expectExit(0, ['chapter', 'next'], at());
    expect(diagnosed.stderr).to.match(
      /probes: checkout not met for [\d.]+m?s so far; flag met all along/,
    );
    expect(diagnosed.stderr).to.match(
      /steady state not met: checkout: http:\/\/127\.0\.0\.1:\d+\/healthz refuses connections/,
    );
    expect(diagnosed.stderr).to.include('steady state met: flag: exit code 0');
    const recovered = await expectExit(0, ['fault', 'recover', '--json'], at());
    const [checkout, flag] = recovered.json.faults[0].probes;
    expect(checkout).to.include({ probe: 'checkout', state: 'met' });
    expect(checkout.noticed_after_ms).to.be.a('number');
    expect(checkout.not_met_ms).to.be.above(0);
    expect(flag).to.include({ probe: 'flag', noticed_after_ms: null, not_met_ms: 0, state: 'met' });
    await until('nobody looks any more', () =>
      file('probes.ndjson').trimEnd().endsWith('"note":"end"}'),
    );
    for (const name of ['probes.ndjson', 'journal.ndjson', 'watchdog.log'])
      expect(file(name), name).not.to.include('s3cret');
  });

  it('hold up no recovery, however long a regular expression of the story would take', async () => {
    // Tried in every way there is, the two have 2^40 of them.
    const endless = `{ name: endless, command: [printf, ${'a'.repeat(40)}b], pattern: "^((a+)+)$", expect_value: ">= 1", interval: 200ms }`;
    folder.write(
      'gameday.yaml',
      file('../../../gameday.yaml').replace(
        '  - recover_within: 60s',
        `  - probe: ${endless}\n  - recover_within: 1s`,
      ),
    );
    await expectExit(0, [...inject, '--force', '--duration', '2s'], at());
    await until('the undo', () => pids(folder.path)['web-1'] !== undefined);
    await until('the look', () => file('probes.ndjson').includes('nothing in it fits the pattern'));
    await expectExit(0, ['fault', 'recover', '--close', 'it is never met', '--wait'], at());
  });

  it('refuse a fault on a sick stack with exit code 4, and let it through with --force', async () => {
    const whole = pids(folder.path);
    rmSync(join(folder.path, 'ready'));
    const refused = refusalOf(await expectExit(4, [...inject, '--json'], at()));
    expect(refused).to.include({ code: 'sick_stack' });
    expect(refused.message).to.equal(
      'The steady state is not met before the fault: probe flag: exit code 1.',
    );
    expect(pids(folder.path)).to.deep.equal(whole);
    await expectExit(0, [...inject, '--force'], at());
    expect(pids(folder.path)).not.to.have.property('web-1');
  });

  it('leave a recovery unverified, exit code 9, until they are met', async () => {
    await expectExit(0, inject, at());
    rmSync(join(folder.path, 'ready'));
    const refused = refusalOf(
      await expectExit(9, ['fault', 'recover', '--within', '4s', '--json'], at()),
    );
    expect(refused.message).to.include('the steady state is not met: probe flag: exit code 1');
    expect(pids(folder.path)).to.have.property('web-1');
    folder.write('ready', '');
    const recovered = await expectExit(0, ['fault', 'recover'], at());
    expect(recovered.stdout).to.match(
      /f1 recovered: .*; probes: checkout not met for .*; flag not met for /,
    );
  });

  it('say what nobody looked at, since the watchdog was killed', async () => {
    await expectExit(0, inject, at());
    await until('it has noticed', () => file('probes.ndjson').includes('not_met'));
    await killWatchdog(folder.path);
    const told = file('probes.ndjson');
    expect((await expectExit(0, ['fault', 'list'], at())).stdout).to.include(
      'The watchdog of this run is gone',
    );
    const since = performance.now();
    await until('a gap that is long enough to be told', () => performance.now() - since > 4000);
    expect(file('probes.ndjson')).to.equal(told);
    const recovered = await gameday(['fault', 'recover', '--json'], at());
    expect(recovered.code).to.equal(0);
    const [checkout, flag] = recovered.json.faults[0].probes;
    for (const each of [checkout, flag]) expect(each.not_looked_ms, each.probe).to.be.above(3000);
    expect(flag).to.include({ not_met_ms: 0 });
    expect(
      file('probes.ndjson')
        .split('\n')
        .filter((line) => line.includes('"begin"')),
    ).to.have.length(2);
  });
});
