/** A moment as the Docker engine takes it. */
import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { unixTime } from '../../src/engine/docker/docker-logs.ts';

describe('a moment for the Docker engine', () => {
  it('keeps every decimal, whatever the offset', () => {
    expect(unixTime('1970-01-01T00:00:01.5Z')).to.equal('1.500000000');
    expect(unixTime('1970-01-01T01:00:01.123456789+01:00')).to.equal('1.123456789');
    expect(unixTime('1970-01-01T00:00:01Z')).to.equal('1');
  });

  it('is the same moment', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e12 }), (epochMs) => {
        expect(Math.round(Number(unixTime(new Date(epochMs).toISOString())) * 1000)).to.equal(
          epochMs,
        );
      }),
    );
  });
});
