/** Where the control groups of a container are, by what the kernel says of its first process. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { parseMachine, parseOomKills } from '../../src/engine/docker/control-groups.ts';

const ID = '0123456789abcdef'.repeat(4);
const MEMORY = 'machine:\nMemTotal:       2048 kB\nMemAvailable:   1024 kB\n';
const groups = (text: string, counted: 'cpu' | 'memory' = 'cpu') =>
  parseMachine(`${text}\n${MEMORY}`, ID, counted).groups;

describe('control groups of a container', () => {
  it('of version 1 are a tree for each controller, which may be mounted together', () => {
    const text = `4:memory:/docker/${ID}\n3:cpuset:/docker/${ID}\n2:cpuacct,cpu:/docker/${ID}\n1:name=systemd:/docker/${ID}\n0::/`;
    expect(groups(text)).to.deep.equal([
      `/sys/fs/cgroup/cpu/docker/${ID}`,
      `/sys/fs/cgroup/cpuacct/docker/${ID}`,
      `/sys/fs/cgroup/cpuset/docker/${ID}`,
    ]);
    expect(groups(text, 'memory')).to.deep.equal([`/sys/fs/cgroup/memory/docker/${ID}`]);
  });

  it('of version 2 are one tree', () => {
    const path = `/system.slice/docker-${ID}.scope`;
    expect(groups(`0::${path}`)).to.deep.equal([`/sys/fs/cgroup${path}`]);
    expect(groups(`0::${path}`, 'memory')).to.deep.equal([`/sys/fs/cgroup${path}`]);
  });

  it('are not taken for found where they are another one’s, or out of sight', () => {
    for (const text of ['0::/', '0::/../..', `0::/../${ID}`, `4:cpu:/\n0::/`, ''])
      expect(groups(text), text).to.deep.equal([]);
  });

  it('come with the memory of the machine, and count what the kernel has ended', () => {
    expect(parseMachine(`0::/\n${MEMORY}`, ID, 'cpu')).to.include({
      memory: 2048 * 1024,
      memory_free: 1024 * 1024,
    });
    expect(parseOomKills('oom_kill 3\n')).to.equal(3);
    expect(parseOomKills('')).to.equal(null);
  });
});
