/**
 * A hypothesis held against what was measured, looked at and seen of the faults of its chapter: so far while one of them lives,
 * and for good when none does. Pure. What was not measured is neither met nor deviated.
 */
import { label } from '../fault/instance.ts';
import type { During } from '../impact/during.ts';
import { type ProbeNote, probesImpact, probesSentence } from '../impact/probe-impact.ts';
import { expectedWords } from '../story/describe-hypothesis.ts';
import type { HypothesisItem } from '../story/hypothesis-spec.ts';
import { formatDuration } from '../terms/duration.ts';
import { affected } from './affected.ts';
import type { StateLine } from './instance-states.ts';
import { judgeAlert } from './judge-alert.ts';
import type { ItemState, JudgedItem } from './judged-item.ts';
import { type Fault, isLive } from './run.ts';

export interface Observations {
  /** Those of the chapter; one at least. */
  faults: readonly Fault[];
  /** By fault: the thresholds of the hypothesis over its time, from the samples. */
  held: ReadonlyMap<string, readonly During[]>;
  probeNotes: readonly ProbeNote[];
  states: readonly StateLine[];
  /** Of the alerts; met: it fires. */
  alertNotes: readonly ProbeNote[];
  /** Epoch milliseconds. */
  nowMs: number;
}

/** Of all that is not looked at for longer than this, nobody can say that it was so all along. */
const GAP_MS = 2000;

type Finding = Pick<JudgedItem, 'state' | 'measured' | 'unit' | 'text'>;

export function judge(hypothesis: readonly HypothesisItem[], observed: Observations): JudgedItem[] {
  return hypothesis.map((item) => ({
    expect: item.expect,
    ...expectedWords(item),
    ...find(item, observed),
  }));
}

function find(item: HypothesisItem, observed: Observations): Finding {
  switch (item.expect) {
    case 'threshold':
      return worst(observed.faults.map((fault) => threshold(item, fault, observed)));
    case 'probe':
      return worst(observed.faults.map((fault) => probe(item, fault, observed)));
    case 'recovers_within':
      return worst(observed.faults.map((fault) => recovery(item, fault, observed)));
    case 'only':
      return only(item, observed);
    case 'alert':
      return judgeAlert(item.alert, observed.faults, observed.alertNotes, observed.nowMs);
  }
}

/** Of several faults: what deviated before what was not measured, and the farther off before the nearer. */
function worst(findings: readonly Finding[]): Finding {
  const rank: Record<ItemState, number> = { deviated: 0, not_measured: 1, met: 2 };
  return findings.toSorted((a, b) => rank[a.state] - rank[b.state])[0] as Finding;
}

function unmeasured(text: string): Finding {
  return { state: 'not_measured', measured: null, unit: null, text };
}

function threshold(
  { threshold }: Extract<HypothesisItem, { expect: 'threshold' }>,
  fault: Fault,
  { held }: Observations,
): Finding {
  const { measure, text } = threshold;
  const found = held.get(fault.id)?.find((each) => each.threshold === `${measure} ${text}`);
  if (!found || found.worst === null)
    return unmeasured(`${measure} not measured under ${fault.id}: ${whyNotMeasured(fault)}`);
  return {
    state: found.met ? 'met' : 'deviated',
    measured: found.worst,
    unit: found.unit,
    text: `${found.text.replace(/ \(wanted: .*\)$/, '')} under ${fault.id}`,
  };
}

/** Why there is no figure of the workload under a fault. */
export function whyNotMeasured({ workload }: Pick<Fault, 'workload'>): string {
  if (workload === null) return 'no workload ran';
  return workload.simulated ? 'the workload is simulated' : 'nothing that can be compared';
}

function probe(
  { probe: name }: Extract<HypothesisItem, { expect: 'probe' }>,
  fault: Fault,
  { probeNotes, nowMs }: Observations,
): Finding {
  const impact = probesImpact(fault, [name], probeNotes, nowMs);
  const { not_met_ms, not_looked_ms, state } = impact[0] as (typeof impact)[number];
  const text = `${probesSentence(impact, !isLive(fault))} under ${fault.id}`;
  if (not_met_ms > 0 || state === 'not_met')
    return { state: 'deviated', measured: not_met_ms, unit: 'ms', text };
  if (state === null || not_looked_ms > GAP_MS) return unmeasured(text);
  return { state: 'met', measured: 0, unit: 'ms', text };
}

function recovery(
  { within_ms }: Extract<HypothesisItem, { expect: 'recovers_within' }>,
  { id, recovering_at, recovered_at, outcome, reason }: Fault,
  { nowMs }: Observations,
): Finding {
  if (recovering_at === null) return unmeasured(`${id} is not being recovered yet`);
  if (outcome === 'closed') return unmeasured(`${id} was closed by hand: ${reason}`);
  const measured = Math.max(
    0,
    (recovered_at ? Date.parse(recovered_at) : nowMs) - Date.parse(recovering_at),
  );
  const took = formatDuration(measured);
  if (recovered_at !== null)
    return {
      state: measured <= within_ms ? 'met' : 'deviated',
      measured,
      unit: 'ms',
      text: `${id} was well again ${took} after its undo`,
    };
  const text = `${id} is not well yet, ${took} after its undo`;
  return measured <= within_ms
    ? unmeasured(text)
    : { state: 'deviated', measured, unit: 'ms', text };
}

function only(
  { services }: Extract<HypothesisItem, { expect: 'only' }>,
  { faults, states, nowMs }: Observations,
): Finding {
  const hit = faults.flatMap(({ targets }) => targets.map(({ service }) => service));
  const fromMs = Math.min(...faults.map(({ injecting_at }) => Date.parse(injecting_at)));
  const toMs = faults.some(isLive)
    ? nowMs
    : Math.max(...faults.map(({ recovered_at }) => Date.parse(recovered_at as string)));
  const { found, not_looked_ms } = affected(states, fromMs, toMs);
  const others = found.filter(({ service }) => ![...services, ...hit].includes(service));
  const measured = others.length;
  if (measured > 0)
    return {
      state: 'deviated',
      measured,
      unit: 'instances',
      text: `also affected: ${others.map(({ instance, how }) => `${instance} (${how})`).join(', ')}`,
    };
  if (not_looked_ms > GAP_MS)
    return unmeasured(
      `nothing else was seen, and the instances were not looked at for ${formatDuration(not_looked_ms)}`,
    );
  const targets = [...new Set(faults.flatMap((fault) => fault.targets.map(label)))];
  return {
    state: 'met',
    measured,
    unit: 'instances',
    text: `nothing else was affected by what was done to ${targets.join(', ')}`,
  };
}
