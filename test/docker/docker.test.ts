/** What the other tests take for granted of the engine, and the Compose files of the examples, as `docker compose` reads them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { type TestDocker, testDocker } from './docker.ts';

const EXAMPLES = resolve(import.meta.dirname, '../../examples');

describe('the Docker engine of the tests', function () {
  this.timeout(120_000);
  let docker: TestDocker;
  let folder: string | undefined;
  let project = '';

  before(async function () {
    const found = await testDocker();
    if (!found) return this.skip();
    docker = found;
    folder = mkdtempSync(join(tmpdir(), 'gameday-docker-'));
    project = docker.project('engine');
  });

  after(async () => {
    if (!folder) return;
    await docker.compose(['-p', project, 'down', '--volumes', '--timeout', '0'], { cwd: folder });
    rmSync(folder, { recursive: true, force: true });
  });

  it('publishes ports on 127.0.0.1, and services find each other by name', async () => {
    const services = {
      web: { image: await docker.image('nginx'), ports: ['127.0.0.1::80'] },
      other: {
        image: await docker.image('busybox'),
        command: ['sleep', '3600'],
        depends_on: ['web'],
      },
    };
    writeFileSync(join(folder as string, 'compose.yaml'), JSON.stringify({ services }));
    const compose = async (...args: string[]) =>
      (await docker.compose(['-p', project, ...args], { cwd: folder as string })).stdout.trim();
    await compose('up', '--detach', '--wait');

    const address = await compose('port', 'web', '80');
    expect(address).to.match(/^127\.0\.0\.1:\d+$/);
    expect((await fetch(`http://${address}/`)).status).to.equal(200);
    expect(
      await compose('exec', '-T', 'other', 'wget', '-q', '-O', '-', 'http://web/'),
    ).to.not.equal('');
  });

  it('has the programs of the redis and etcd images', async () => {
    const version = async (name: 'redis' | 'etcd', ...command: string[]) =>
      docker.docker(['run', '--rm', '--network', 'none', await docker.image(name), ...command]);
    expect(await version('redis', 'redis-server', '--version')).to.match(/^Redis server v=\d/);
    expect(await version('etcd', 'etcdctl', 'version')).to.match(/^etcdctl version: 3\./);
  });

  it('gives each test a project name of its own', () => {
    const names = Array.from({ length: 50 }, () => docker.project('same'));
    expect(new Set(names).size).to.equal(50);
    for (const name of names) expect(name).to.match(/^[a-z0-9][a-z0-9_-]*$/);
  });

  for (const [example, services] of Object.entries({
    etcd: ['etcd0', 'etcd1', 'etcd2'],
    redis: ['redis', 'replica'],
    tikv: ['grafana', 'pd0', 'pd1', 'pd2', 'prometheus', 'tikv0', 'tikv1', 'tikv2', 'ycsb'],
  })) {
    it(`reads examples/${example}, which publishes ports on this machine only`, async () => {
      const { stdout } = await docker.compose(['config', '--format', 'json'], {
        cwd: join(EXAMPLES, example),
      });
      const model = JSON.parse(stdout) as {
        services: Record<string, { image: string; ports?: { host_ip?: string }[] }>;
      };
      expect(Object.keys(model.services).sort()).to.deep.equal(services);
      for (const service of Object.values(model.services)) {
        expect(service.image).to.match(/:/);
        for (const port of service.ports ?? []) expect(port.host_ip).to.equal('127.0.0.1');
      }
    });
  }
});
