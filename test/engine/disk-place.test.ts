/** Whether a file system of a container is filled, by what was found of it. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { type Found, whyNotFilled } from '../../src/engine/docker/disk-place.ts';

const MB = 1024 ** 2;

describe('a tmpfs, which is memory of the machine', () => {
  const found: Found = {
    mounts: [{ device: '0:9', at: '/scratch', root: '/', kind: 'tmpfs', isReadOnly: false }],
    device: '1',
    engine_device: '2',
    free: 100 * MB,
    size: 100 * MB,
    memory_free: 180 * MB,
  };
  const why = (leave: number) => whyNotFilled('/scratch', leave, found, [])?.why ?? null;

  it('is not filled where that would take more than half of what the machine has left', () => {
    expect(why(0.05)).to.match(/would take 95 MB of the 180 MB that the machine has left/);
    expect(why(0.1)).to.equal(null);
  });
});
