import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { InspectedContainer } from '../../src/engine/docker/docker-answers.ts';
import type { DockerApi } from '../../src/engine/docker/docker-api.ts';
import { instanceOf } from '../../src/engine/docker/docker-instance.ts';
import {
  type HostInfo,
  healthAsRun,
  podmanId,
  whyNotRootless,
} from '../../src/engine/docker/podman.ts';

const START = '2026-01-01T00:00:00Z';
const NS = 1e9;

function container(log: { Start: string; ExitCode: number }[] | null): InspectedContainer {
  return {
    Id: 'a',
    Image: 'i',
    State: { Status: 'running', StartedAt: START, Health: { Status: 'starting', Log: log } },
    Config: { Healthcheck: { Test: ['CMD', 'true'], Interval: NS, Timeout: NS } },
    HostConfig: {},
  };
}

describe('Podman', () => {
  const healthAt = (ms: number, log: Parameters<typeof container>[0]) => {
    const seen = container(log);
    return healthAsRun(instanceOf(seen, null), seen, Date.parse(START) + ms).health;
  };

  it('has a health while it may still be told, and none once nobody has', () => {
    expect(healthAt(2000, null)).to.equal('starting');
    expect(healthAt(3001, null)).to.equal('none');
    expect(healthAt(3001, [{ Start: '2025-12-31T23:59:00Z', ExitCode: 0 }])).to.equal('none');
    expect(healthAt(3001, [{ Start: '2026-01-01T00:00:01Z', ExitCode: 1 }])).to.equal('starting');
  });

  it('is told from others by its machine and its folder, since its id is drawn anew each time', () => {
    expect(podmanId({ ID: 'x', Name: 'box', DockerRootDir: '/a' })).to.equal('podman box /a');
    expect(podmanId({ ID: 'x' })).to.equal(null);
  });

  it('says what it cannot do where it runs rootless', async () => {
    const refused = async (engine: string, info: HostInfo) => {
      const api = { engine, read: async () => info } as unknown as DockerApi;
      const verbs = ['kill', 'stop', 'pause', 'crash'] as const;
      const why = await Promise.all(verbs.map((verb) => whyNotRootless(api, verb)));
      return verbs.filter((_, index) => why[index] !== null);
    };
    const rootless = { SecurityOptions: ['name=seccomp,profile=default', 'name=rootless'] };
    expect(await refused('Podman 4.3.1', { ...rootless, CgroupVersion: '1' })).to.deep.equal([
      'pause',
      'crash',
    ]);
    expect(await refused('Podman 4.3.1', { ...rootless, CgroupVersion: '2' })).to.deep.equal([
      'crash',
    ]);
    expect(await refused('Podman 4.3.1', { CgroupVersion: '1' })).to.deep.equal([]);
    expect(await refused('Docker 28.0', { ...rootless, CgroupVersion: '1' })).to.deep.equal([]);
  });
});
