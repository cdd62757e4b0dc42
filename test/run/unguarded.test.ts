import { expect } from 'chai';
import { describe, it } from 'mocha';
import { unguardedOf } from '../../src/run/unguarded.ts';
import { fault } from '../story/things.ts';

const NOW = Date.parse('2026-11-01T10:00:00.000Z');
const inMs = (ms: number) => new Date(NOW + ms).toISOString();

describe('what nobody ends in time', () => {
  const faults = [
    fault({ id: 'f1', deadline: null }),
    fault({ id: 'f2', deadline: inMs(60_000) }),
    fault({ id: 'f3', deadline: inMs(-5000) }),
    fault({ id: 'f4', deadline: inMs(-60_000) }),
    fault({ id: 'f5', deadline: inMs(-60_000), phase: 'recovering' }),
    fault({ id: 'f6', deadline: inMs(-60_000), phase: 'recovered' }),
  ];

  it('is what has a limit and no watchdog that works', () => {
    const limited = ['f2', 'f3', 'f4', 'f5'];
    for (const state of ['gone', 'stopped', null] as const)
      expect(unguardedOf(faults, state, NOW).unguarded).to.deep.equal(limited);
    expect(unguardedOf(faults, 'running', NOW).unguarded).to.deep.equal([]);
  });

  it('is what is past its limit for longer than a busy machine takes, and not being recovered', () => {
    expect(unguardedOf(faults, 'running', NOW).overdue).to.deep.equal(['f4']);
    expect(unguardedOf([], null, NOW)).to.deep.equal({ unguarded: [], overdue: [] });
  });
});
