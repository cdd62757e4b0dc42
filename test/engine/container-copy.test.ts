/** The configuration of a container, through its copy and back, as the engine has it. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { anewFrom, type Kept, keptIn, spareOf } from '../../src/engine/docker/container-copy.ts';
import type { InspectedContainer } from '../../src/engine/docker/docker-answers.ts';

type Host = Record<string, unknown>;
const LABELS = { 'com.docker.compose.project': 'shop', tier: 'front' };
const VOLUME = { Type: 'volume', Name: 'abc', Destination: '/data', RW: true };

function containerOf(HostConfig: Host, Mounts: object[] = []): InspectedContainer {
  return {
    Id: 'a'.repeat(64),
    Name: '/shop-web-1',
    Image: 'sha256:1',
    State: {},
    Config: { Hostname: 'a'.repeat(12), Image: 'web:1', Labels: LABELS },
    HostConfig: { RestartPolicy: { Name: 'always' }, ...HostConfig },
    Mounts,
    NetworkSettings: { Networks: {} },
  } as unknown as InspectedContainer;
}

function throughCopy(found: InspectedContainer) {
  const { HostConfig, ...Config } = spareOf(found, true, {});
  // The engine names a container by its id where nobody does.
  const named = { Hostname: 'b'.repeat(12), ...Config };
  const copy = { ...found, Id: 'b'.repeat(64), Config: named, HostConfig } as typeof found;
  return anewFrom(copy, keptIn(copy) as Kept);
}

describe('a container made anew from its copy', () => {
  for (const [what, host] of Object.entries<Host>({
    'no volumes': { Binds: null },
    'folders of the machine': { Binds: ['/srv:/srv:ro'] },
    'named volumes': { Binds: null, Mounts: [{ Type: 'volume', Source: 'abc', Target: '/data' }] },
  }))
    it(`has its configuration to the letter, with ${what}`, () => {
      const found = containerOf(host, host.Mounts ? [VOLUME] : []);
      const anew = throughCopy(found);
      expect(anew.HostConfig).to.deep.equal(found.HostConfig);
      expect(anew.Labels).to.deep.equal(LABELS);
      expect(anew).not.to.have.property('Hostname');
    });

  it('has the same volumes where they had no name of their own', () => {
    const anew = throughCopy(containerOf({ Binds: null }, [VOLUME]));
    expect(anew.HostConfig.Binds).to.deep.equal(['abc:/data']);
    const asked = { Mounts: [{ Type: 'volume', Target: '/data' }] };
    expect(throughCopy(containerOf(asked, [VOLUME])).HostConfig.Mounts).to.deep.equal([
      { Type: 'volume', Target: '/data', Source: 'abc' },
    ]);
  });
});
