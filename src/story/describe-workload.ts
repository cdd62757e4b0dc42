/** A workload in one line for people: how much, of what, where to. Names no URL and no text of an operation, which may hold secrets. Pure. */
import { formatDuration } from '../terms/duration.ts';
import { leavesOpen } from '../terms/placeholders.ts';
import type { PaceSpec, WorkloadSpec } from './workload-spec.ts';

/** `http, 100/s, to 500/s over 30s, 2 operations by weight, 5000 keys, 3 targets in turn, after a set-up of 1 operation`. */
export function describeWorkload(spec: WorkloadSpec): string {
  return [spec.kind, ...detailsOf(spec)].join(', ');
}

function detailsOf(spec: WorkloadSpec): string[] {
  switch (spec.kind) {
    case 'simulated':
      return [`a curve of ${spec.baseline} ops/s, no load at all`];
    case 'command':
      return [
        'at the rate of its program',
        ...(spec.setup ? ['after a program that sets it up'] : []),
      ];
    case 'plugin':
      return [`${spec.use}, which is not gameday's own`, ...paceOf(spec)];
    case 'tcp':
      return [...paceOf(spec), ...targetsOf(spec.addresses.length, spec)];
    default: {
      const { mix, setup, verify, keys, urls } = spec;
      const open = leavesOpen([JSON.stringify([mix, setup, urls])], 'key');
      return [
        ...paceOf(spec),
        ...(mix.length > 1 ? [`${mix.length} operations by weight`] : []),
        ...(open ? [`${keys} keys`] : []),
        ...targetsOf(urls.length, spec),
        ...(setup.length > 0
          ? [`after a set-up of ${setup.length} operation${setup.length > 1 ? 's' : ''}`]
          : []),
        ...(verify ? ['writes are read back at the end'] : []),
      ];
    }
  }
}

function paceOf({ rate, ramp }: PaceSpec): string[] {
  return [
    perSecond(rate),
    ...ramp.map(({ to, over_ms }) => `to ${perSecond(to)} over ${formatDuration(over_ms)}`),
  ];
}

function perSecond(rate: number): string {
  return `${Number(rate.toPrecision(6))}/s`;
}

function targetsOf(count: number, { balance }: PaceSpec): string[] {
  return count > 1
    ? [`${count} targets ${balance === 'failover' ? 'with fail-over' : 'in turn'}`]
    : [];
}
