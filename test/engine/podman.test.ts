import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { InspectedContainer } from '../../src/engine/docker/docker-answers.ts';
import type { DockerApi } from '../../src/engine/docker/docker-api.ts';
import { instanceOf } from '../../src/engine/docker/docker-instance.ts';
import { healthAsRun, podmanId, whyNotRootless } from '../../src/engine/docker/podman.ts';

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

  // A real one with cgroups v1 is asked in test/podman; machines with v2 differ in what they freeze.
  it('freezes containers also rootless where there are cgroups v2', async () => {
    const refused = async (cgroupVersion: string) => {
      const host = { cgroupVersion, security: { rootless: true } };
      const api = { engine: 'Podman 4.3.1', read: async () => ({ host }) } as unknown as DockerApi;
      return (await whyNotRootless(api, 'pause', () => true))?.why;
    };
    expect(await refused('v1')).to.match(/without cgroups v2/);
    expect(await refused('v2')).to.equal(undefined);
  });
});
