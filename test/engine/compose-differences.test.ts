/** What a Compose model says of the containers to be made, in each way of writing it, and what of a container is not so. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { differencesOf } from '../../src/engine/compose/compose-differences.ts';
import { neededJobs } from '../../src/engine/compose/compose-stack-differences.ts';
import { type WantedService, wantedServices } from '../../src/engine/compose/compose-wanted.ts';
import type { InspectedContainer } from '../../src/engine/docker/docker-answers.ts';

const wantedOf = (service: object, more: object = {}, profiles: string[] = []) =>
  wantedServices({ services: { web: service }, ...more }, 'shop', profiles).get(
    'web',
  ) as WantedService;

const MB = 1024 ** 2;

describe('what a Compose model wants', () => {
  it('takes limits from wherever they may stand, first from `deploy`', () => {
    const limitsOf = (service: object) => {
      const { cpus, memory } = wantedOf(service);
      return { cpus, memory };
    };
    const none = { cpus: Infinity, memory: Infinity };
    expect(limitsOf({})).to.deep.equal(none);
    expect(limitsOf({ cpus: 0, mem_limit: '0' })).to.deep.equal(none);
    expect(limitsOf({ cpus: 0.5, mem_limit: '67108864' })).to.deep.equal({
      cpus: 0.5,
      memory: 64 * MB,
    });
    expect(limitsOf({ cpu_quota: 150_000 }).cpus).to.equal(1.5);
    expect(limitsOf({ cpu_quota: '25000', cpu_period: '50000' }).cpus).to.equal(0.5);
    for (const [written, bytes] of [
      ['64m', 64 * MB],
      ['64MB', 64 * MB],
      ['1.5gib', 1536 * MB],
      ['512', 512],
      [512, 512],
    ] as const)
      expect(limitsOf({ mem_limit: written }).memory, String(written)).to.equal(bytes);
    const limits = { cpus: '2', memory: '1g' };
    expect(limitsOf({ cpus: 1, mem_limit: '1m', deploy: { resources: { limits } } })).to.deep.equal(
      { cpus: 2, memory: 1024 * MB },
    );
  });

  it('knows the networks by the names that the engine has, and the names on them', () => {
    const networksOf = (service: object, networks?: object) => {
      const found = wantedOf(service, networks ? { networks } : {}).networks;
      return found && Object.fromEntries(found);
    };
    expect(networksOf({})).to.deep.equal({ shop_default: ['web'] });
    expect(networksOf({ networks: ['back'] })).to.deep.equal({ shop_back: ['web'] });
    expect(
      networksOf(
        { networks: { back: { aliases: ['db'] }, default: null } },
        { back: { name: 'company', external: true }, default: { name: 'shop_default' } },
      ),
    ).to.deep.equal({ company: ['web', 'db'], shop_default: ['web'] });
    expect(networksOf({ network_mode: 'host' })).to.equal(null);
  });

  it('counts on no container of a profile that is not active', () => {
    const service = { profiles: ['rarely'], scale: 3 };
    expect(wantedOf(service).replicas).to.equal(0);
    expect(wantedOf(service, {}, ['rarely']).replicas).to.equal(3);
    expect(wantedOf({ deploy: { replicas: 2 } }).replicas).to.equal(2);
    expect(wantedOf({}).replicas).to.equal(1);
  });

  it('leaves a restart policy open that versions of Compose read differently', () => {
    expect(wantedOf({}).restart).to.equal('no');
    expect(wantedOf({ restart: 'on-failure:3' }).restart).to.equal('on-failure');
    const deploy = { restart_policy: { condition: 'any' } };
    expect(wantedOf({ deploy }).restart).to.equal(null);
  });
});

const ID = 'ab'.padEnd(64, '0');
const found = (patch: Partial<InspectedContainer>): InspectedContainer => ({
  Id: ID,
  Name: '/shop-web-1',
  Image: 'sha256:0',
  State: { Status: 'running', StartedAt: '2026-01-01T00:00:00Z' },
  Config: { Labels: { 'com.docker.compose.service': 'web' } },
  HostConfig: { NetworkMode: 'shop_default', RestartPolicy: { Name: 'no' } },
  NetworkSettings: { Networks: { shop_default: { Aliases: ['shop-web-1', 'web'] } } },
  ...patch,
});
const exited = (ExitCode: number, Name: string) => ({
  State: {
    Status: 'exited',
    ExitCode,
    StartedAt: '2026-01-01T00:00:00Z',
    FinishedAt: '2026-01-01T00:01:00Z',
  },
  HostConfig: { NetworkMode: 'none', RestartPolicy: { Name } },
});
const findings = (
  container: InspectedContainer,
  { wanted = wantedOf({}) as WantedService | null, isJob = false } = {},
) => differencesOf(container, { wanted, isJob }).map(({ finding }) => finding);

describe('what of a container is not as it was made', () => {
  it('is nothing where it is', () => {
    expect(findings(found({}))).to.deep.equal([]);
    const HostConfig = {
      NetworkMode: 'shop_default',
      RestartPolicy: { Name: 'no' },
      CpuPeriod: 100_000,
      CpuQuota: 33_333,
      Memory: 64 * MB,
    };
    const wanted = wantedOf({ cpus: 0.33333, mem_limit: '64m' });
    expect(findings(found({ HostConfig }), { wanted })).to.deep.equal([]);
    // What gameday leaves where there was no limit: the engine cannot unset one.
    const freed = { ...HostConfig, CpuQuota: -1, Memory: 2 ** 62 };
    expect(findings(found({ HostConfig: freed }))).to.deep.equal([]);
  });

  it('tells an end by hand from one that may be its own', () => {
    const alone = { wanted: wantedOf({ network_mode: 'none', restart: 'always' }) };
    expect(findings(found(exited(0, 'always')), alone)).to.deep.equal(['stopped']);
    const job = wantedOf({ network_mode: 'none' });
    expect(findings(found(exited(0, 'no')), { wanted: job })).to.deep.equal(['ended']);
    expect(findings(found(exited(0, 'no')), { wanted: job, isJob: true })).to.deep.equal([]);
    expect(findings(found(exited(1, 'no')), { wanted: job, isJob: true })).to.deep.equal(['ended']);
    expect(
      differencesOf(found(exited(137, 'no')), { wanted: job, isJob: false })[0]?.text,
    ).to.equal(
      'ended with exit code 137, which is SIGKILL, at 2026-01-01T00:01:00Z, and nothing starts it again',
    );
  });

  it('needs no model for states, and for its own network', () => {
    const lost = { NetworkSettings: { Networks: {} } };
    expect(findings(found(lost), { wanted: null })).to.deep.equal(['network_missing']);
    const nameless = { NetworkSettings: { Networks: { shop_default: { Aliases: null } } } };
    expect(findings(found(nameless), { wanted: null })).to.deep.equal(['alias_missing']);
    const State = { Status: 'paused', StartedAt: '2026-01-01T00:00:00Z' };
    expect(findings(found({ State }), { wanted: null })).to.deep.equal(['paused']);
  });

  it('says that the model does not have its service', () => {
    const all = differencesOf(found({}), { wanted: undefined, isJob: false });
    expect(all.map(({ finding }) => finding)).to.deep.equal(['service_unknown']);
  });

  it('knows a job by those who wait for its end', () => {
    const label = 'db:service_healthy:false,migrate:service_completed_successfully:true';
    const Labels = { 'com.docker.compose.depends_on': label };
    expect([...neededJobs([{ Id: ID, Labels }, { Id: 'other' }])]).to.deep.equal(['migrate']);
  });
});
