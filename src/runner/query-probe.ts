/**
 * One look of a probe, of whatever sort: over the network by the workload's room, at instances, their logs and by a
 * program through the engine. It changes nothing. Its text may be recorded, its lines are only shown.
 */
import type { Engine } from '../engine/engine.ts';
import { type InstanceRow, label } from '../fault/instance.ts';
import type { Since } from '../run/marks.ts';
import type { Look, ProbeOf, ProbeSpec } from '../story/probe-spec.ts';
import { isExpected, numberIn, showNumber } from '../terms/expected-value.ts';
import { lookAtInstances } from './query-instances.ts';

/** More lines of one instance are not looked at. */
const MOST_LINES = 10_000;
const SHOWN_LINES = 3;

export type NetworkProbe = ProbeOf<'http' | 'tcp' | 'prometheus'>;

export interface LookWorld {
  engine(): Engine | Promise<Engine>;
  /** Rejects only where the engine's way to it cannot be had. */
  network(probe: NetworkProbe, signal: AbortSignal): Promise<Look>;
}

/** Throws what the engine throws, or the signal's reason. */
export async function lookAt(
  world: LookWorld,
  probe: ProbeSpec,
  since: Since,
  signal: AbortSignal,
): Promise<Look> {
  switch (probe.look) {
    case 'http':
    case 'tcp':
    case 'prometheus':
      return world.network(probe, signal);
    case 'container':
      return lookAtInstances(await world.engine(), probe, since, signal);
    case 'log':
      return lookAtLog(await world.engine(), probe, since, signal);
    case 'command':
      return lookByCommand(await world.engine(), probe, signal);
  }
}

/**
 * Looks again and again, as the steady state is looked at: of a log, each look takes the lines since the one before.
 * `since`: for the first look, and for what is counted.
 */
export function repeatedly(
  world: LookWorld,
  probe: ProbeSpec,
  since: () => Since,
): (signal: AbortSignal) => Promise<Look> {
  if (probe.look !== 'log') return (signal) => lookAt(world, probe, since(), signal);
  let logs: string | null = null;
  return async (signal) => {
    const next = await (await world.engine()).logMark();
    const look = await lookAt(
      world,
      probe,
      { ...since(), logs: logs ?? since().logs ?? next },
      signal,
    );
    logs = next;
    return look;
  };
}

async function lookByCommand(
  engine: Engine,
  probe: ProbeOf<'command'>,
  signal: AbortSignal,
): Promise<Look> {
  const { exit_code, stdout } = await engine.run(probe.command, {
    timeout_ms: probe.timeout_ms,
    signal,
  });
  const said = stdout.trim().split('\n').at(-1) ?? '';
  const lines = said === '' ? [] : [said];
  if (exit_code !== 0) return { met: false, text: `exit code ${exit_code}`, lines };
  if (probe.expect_output !== null && !stdout.includes(probe.expect_output))
    return { met: false, text: `exit code ${exit_code}, without the expected text`, lines };
  const { expect_value, pattern } = probe;
  if (expect_value === null) return { met: true, text: `exit code ${exit_code}`, lines };
  const number = numberIn(stdout, pattern);
  if ('problem' in number) return { met: false, text: `no value: ${number.problem}`, lines };
  return {
    met: isExpected(number.value, expect_value),
    text: `${showNumber(number.value)} (wanted: ${expect_value.text})`,
  };
}

async function lookAtLog(
  engine: Engine,
  probe: ProbeOf<'log'>,
  since: Since,
  signal: AbortSignal,
): Promise<Look> {
  const { service, must_show, must_not_show } = probe;
  const rows = (await engine.list(signal)).filter(
    (row) => row.untouchable === null && (service === null || row.service === service),
  );
  if (rows.length === 0)
    return { met: false, text: 'there is no instance whose log could show anything' };
  const wanted = new RegExp(must_show ?? must_not_show ?? '');
  const found: { row: InstanceRow; fitting: string[]; cut: boolean }[] = [];
  for (const row of rows) {
    const lines = await engine.logs(row.id, MOST_LINES, since.logs ?? undefined);
    signal.throwIfAborted();
    found.push({
      row,
      fitting: lines.filter((line) => wanted.test(line)),
      cut: lines.length >= MOST_LINES,
    });
  }
  const hits = found.filter(({ fitting }) => fitting.length > 0);
  const count = hits.reduce((sum, { fitting }) => sum + fitting.length, 0);
  const cut = found.some((each) => each.cut)
    ? ` (of the last ${MOST_LINES} lines of an instance)`
    : '';
  const text =
    count === 0
      ? `no line fits /${wanted.source}/${cut}`
      : `${count} line${count === 1 ? '' : 's'} of ${hits.map(({ row }) => label(row)).join(', ')} ${count === 1 ? 'fits' : 'fit'} /${wanted.source}/${cut}`;
  const lines = hits
    .flatMap(({ row, fitting }) => fitting.map((line) => `${label(row)} | ${line}`))
    .slice(0, SHOWN_LINES);
  return { met: must_show === null ? count === 0 : count > 0, text, lines };
}
