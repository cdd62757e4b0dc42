/** What `story doctor` makes of what was seen: the pure part. */
import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { Facts, RunFacts } from '../../src/app/doctor/facts.ts';
import { findAll } from '../../src/app/doctor/judge.ts';
import { judgeDocker, judgeHelpers } from '../../src/engine/docker/docker-doctor.ts';
import type { DockerFacts } from '../../src/engine/docker/docker-exam.ts';
import { windowOf } from '../../src/impact/windows.ts';
import type { Fault, Run } from '../../src/run/run.ts';
import { type DoctorLine, exitOf, ok, problem, warning } from '../../src/terms/doctor-line.ts';
import { CODES, type Code } from '../../src/terms/outcomes.ts';
import { doctorResult } from '../../src/view/doctor-result.ts';

const NOW_MS = Date.parse('2026-11-25T10:00:00.000Z');
const ago = (ms: number) => new Date(NOW_MS - ms).toISOString();

const docker: DockerFacts = {
  engine: 'Docker 28.2.2',
  api: '1.50',
  address: 'unix:///var/run/docker.sock',
  source: 'the default socket',
  by: 'unix',
  local: true,
  system: 'Debian GNU/Linux 12',
  rootless: false,
  cgroup: '2',
  limits: true,
  skew_ms: 3,
  asked_ms: 10,
};

const well: Facts = {
  now_ms: NOW_MS,
  machine: {
    node: '24.21.0',
    platform: 'linux x64',
    terminal: { stdin: true, stdout: true, stderr: true, no_color: false, ci: false },
  },
  story: { path: '/shop/gameday.yaml', name: 'shop', engine: 'compose', error: null, note: null },
  engine: judgeDocker(docker),
  state: {
    dir: '/shop/.gameday',
    exists: true,
    error: null,
    open_to_others: 0,
    halt: null,
    free_bytes: 1e10,
    reserve: { bytes: 16_384, wanted: 16_384 },
    git: 'ignored',
  },
  journal: {
    path: '/shop/.gameday/runs/r1/journal.ndjson',
    events: 7,
    warnings: [],
    error: null,
    holder: null,
  },
  run: null,
};

const fault = (patch: Partial<Fault>): Fault =>
  ({
    id: 'f1',
    kind: 'kill',
    phase: 'injected',
    targets: [{ service: 'web', number: 2 }],
    injecting_at: ago(20_000),
    deadline: null,
    ...patch,
  }) as Fault;

function runLook(
  patch: Partial<Run>,
  rest: { watchdog?: Partial<RunFacts['watchdog']>; workload?: Partial<RunFacts['workload']> } = {},
): RunFacts {
  return {
    run: {
      id: 'r1',
      seq: 9,
      changed_at: ago(10_000),
      faults: [],
      schedules: [],
      workload: null,
      finished_at: null,
      ...patch,
    } as unknown as Run,
    faults: { drifts: new Map(), note: null },
    watchdog: { needed: false, state: 'gone', status: null, log: null, ...rest.watchdog },
    workload: {
      samples: 'samples.ndjson',
      bytes: 0,
      windows: [],
      unreadable: null,
      ...rest.workload,
    },
  };
}

const status = { pid: 12, since: ago(60_000), seq: 9, standby: 13 };
const limited = fault({ deadline: ago(-30_000) });

/** [level, code] of what was found about one thing. */
function found(about: string, patch: Partial<Facts>): [string, string | null][] {
  return findAll({ ...well, ...patch })
    .filter((each) => each.about === about)
    .map(({ level, code }) => [level, code]);
}

describe('doctor', () => {
  it('names the tools image, and what a killed gameday left on the engine', () => {
    const helpers = { image: 'tools:1', lacking: null, netem: null, strays: [], copies: [] };
    expect(judgeHelpers(helpers).map(({ about, level }) => [about, level])).to.deep.equal([
      ['tools', 'ok'],
    ]);
    const [, lacks] = judgeHelpers({ ...helpers, netem: false });
    expect(lacks).to.deep.include({ about: 'netem', level: 'ok', next: 'modprobe sch_netem' });
    expect(lacks?.text).to.match(/no netem, so `delay`.* are refused/);
    const lacking = { why: 'the image tools:1 is not on the engine', next: 'docker build' };
    const [tools, left, copy] = judgeHelpers({
      ...helpers,
      lacking,
      strays: [{ id: 'abc', purpose: 'crash' }],
      copies: [{ id: 'def', of: 'shop-web-1', isNeeded: true }],
    });
    expect(tools).to.include({ next: 'docker build' });
    expect(left).to.deep.include({
      about: 'helpers',
      level: 'warning',
      next: 'story doctor --fix',
    });
    expect(copy).to.deep.include({ about: 'copies', level: 'ok', next: 'fault recover' });
  });

  it('finds nothing where all is well', () => {
    const findings = findAll(well);
    expect(findings.every(({ level }) => level === 'ok')).to.equal(true);
    expect(exitOf(findings)).to.equal(0);
  });

  it('knows an old Node.js, wherever the border lies', () => {
    const on = (node: string) => found('node', { machine: { ...well.machine, node } })[0]?.[0];
    expect(['20.20.0', '22.12.9', '22.13.0', '23.0.0', '24.21.0'].map(on)).to.deep.equal([
      'problem',
      'problem',
      'ok',
      'ok',
      'ok',
    ]);
  });

  it('tells a watchdog that works from one that is stopped, hangs, is gone, or is not needed', () => {
    const now = (
      faults: Fault[],
      watchdog: Partial<RunFacts['watchdog']>,
      more: Partial<Run> = {},
    ) => found('watchdog', { run: runLook({ faults, ...more }, { watchdog }) })[0];
    expect(now([limited], { needed: true, state: 'running', status })).to.deep.equal(['ok', null]);
    expect(now([limited], { needed: true, state: 'stopped', status })).to.deep.equal([
      'problem',
      'watchdog_silent',
    ]);
    expect(
      now([limited], { needed: true, state: 'running', status: { ...status, seq: 8 } }),
    ).to.deep.equal(['problem', 'watchdog_silent']);
    expect(
      now(
        [limited],
        { needed: true, state: 'running', status: { ...status, seq: 8 } },
        { changed_at: ago(100) },
      ),
    ).to.deep.equal(['ok', null]);
    expect(now([limited], { needed: true, state: 'gone', status })).to.deep.equal([
      'problem',
      'watchdog_gone',
    ]);
    const workload = {
      kind: 'http',
      simulated: false,
      baseline: null,
      reference: null,
      started_at: ago(9000),
    };
    expect(now([], { needed: true, state: 'gone', status }, { workload })).to.deep.equal([
      'warning',
      null,
    ]);
    expect(now([], { needed: false, state: 'gone', status: null })).to.deep.equal(['ok', null]);
    expect(now([], { needed: false, state: 'running', status })).to.deep.equal(['ok', null]);
  });

  it('warns of a problem in the log only while the watchdog that wrote it lives', () => {
    const log = {
      path: 'watchdog.log',
      bytes: 10,
      rotated_bytes: null,
      problem: { at: ago(5000), text: 'f1: no room' },
    };
    const at = (watchdog: Partial<RunFacts['watchdog']>) =>
      found('watchdog log', { run: runLook({}, { watchdog: { ...watchdog, log } }) })[0]?.[0];
    expect(at({ state: 'running', status })).to.equal('warning');
    expect(at({ state: 'running', status: { ...status, since: ago(1000) } })).to.equal('ok');
    expect(at({ state: 'gone', status })).to.equal('ok');
  });

  it('sees samples that do not come, and gaps in those that did', () => {
    const workload = {
      kind: 'http',
      simulated: false,
      baseline: null,
      reference: null,
      started_at: ago(20_000),
    };
    const cut = (msAgo: number) =>
      windowOf({
        at: NOW_MS - msAgo,
        dt_ms: 250,
        ok: 10,
        errors: {},
        timeouts: 0,
        dropped: 0,
        in_flight: 0,
        histogram: [],
      });
    const at = (times: number[], kind = 'http') =>
      found('workload', {
        run: runLook(
          { workload: { ...workload, kind } },
          { workload: { windows: times.map(cut) } },
        ),
      })[0]?.[0];
    const steady = [2000, 1750, 1500, 1250, 1000, 750, 500, 250];
    expect(at(steady)).to.equal('ok');
    expect(at(steady.filter((ms) => ms > 1600 || ms < 600))).to.equal('warning');
    expect(at([9000])).to.equal('warning');
    expect(at([])).to.equal('warning');
    expect(at([9000], 'command'), 'a program reports now and then').to.equal('ok');
  });

  it('takes a fault past its limit, or not proven well, for a problem, and any other live one for a warning', () => {
    const at = (patch: Partial<Fault>) =>
      found('faults', { run: runLook({ faults: [fault(patch)] }) })[0];
    expect(at({})).to.deep.equal(['warning', null]);
    expect(at({ deadline: ago(-5000) })).to.deep.equal(['warning', null]);
    expect(at({ deadline: ago(60_000) })).to.deep.equal(['problem', 'not_verified']);
    expect(at({ phase: 'unverified', reason: 'it is dead' })).to.deep.equal([
      'problem',
      'not_verified',
    ]);
    expect(at({ phase: 'recovered' })).to.deep.equal(['ok', null]);
  });

  it('weighs the room on the disk against the reserve that is missing', () => {
    const at = (free_bytes: number | null, bytes: number) =>
      found('disk', {
        state: { ...well.state, free_bytes, reserve: { bytes, wanted: 16_384 } },
      })[0];
    expect(at(1e10, 0)).to.deep.equal(['ok', null]);
    expect(at(4096, 16_384)).to.deep.equal(['warning', null]);
    expect(at(4096, 4096)).to.deep.equal(['problem', 'state_unwritable']);
    expect(at(null, 16_384)).to.deep.equal(['warning', null]);
  });

  it('takes clocks apart only where they are further apart than the way to the engine is long', () => {
    const at = (skew_ms: number | null, asked_ms: number) =>
      found('clock', {
        engine: judgeDocker({ ...docker, skew_ms, asked_ms }),
      })[0]?.[0];
    expect([at(0, 5), at(-900, 5), at(3000, 5000)]).to.deep.equal(['ok', 'ok', 'ok']);
    expect([at(-3000, 5), at(3000, 5), at(null, 5)]).to.deep.equal([
      'warning',
      'warning',
      'warning',
    ]);
  });

  it('ends with the code of the first problem, whatever stands around it; warnings never fail it', () => {
    const codes = Object.keys(CODES) as Code[];
    const one = fc.oneof(
      fc.constant(ok('node', 'fine')),
      fc.constant(warning('disk', 'small', 'Free some.')),
      fc.constantFrom(...codes).map((code) => problem('engine', code, 'no', 'fault list')),
    );
    fc.assert(
      fc.property(fc.array<DoctorLine>(one, { minLength: 1 }), (findings) => {
        const first = findings.find(({ level }) => level === 'problem');
        expect(exitOf(findings)).to.equal(first ? CODES[first.code as Code].exit : 0);
        const { json, lines } = doctorResult(findings, { bin: 'mycli', separator: ':' });
        expect(json).to.include({
          problems: findings.filter(({ code }) => code !== null).length,
          exit: exitOf(findings),
        });
        expect(lines).to.have.length(
          findings.length + findings.filter(({ next }) => next !== null).length + 1,
        );
        if (first) expect(lines.join('\n')).to.include('`mycli fault:list`');
      }),
    );
  });
});
