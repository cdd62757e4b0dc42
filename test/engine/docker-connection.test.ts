import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import {
  explainUnreachable,
  findDockerEndpoint,
} from '../../src/engine/docker/docker-connection.ts';
import { Refusal } from '../../src/terms/outcomes.ts';

describe('where the Docker engine is', () => {
  let folder: string;
  const endpoint = (env: NodeJS.ProcessEnv = {}) =>
    findDockerEndpoint({ DOCKER_CONFIG: folder, HOME: folder, ...env });
  const host = (DOCKER_HOST: string, env: NodeJS.ProcessEnv = {}) =>
    endpoint({ DOCKER_HOST, ...env });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gameday-docker-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function writeContext(name: string, docker: object | undefined, keys: string[] = []): void {
    const digest = createHash('sha256').update(name).digest('hex');
    mkdirSync(join(folder, 'contexts', 'meta', digest), { recursive: true });
    writeFileSync(
      join(folder, 'contexts', 'meta', digest, 'meta.json'),
      JSON.stringify({ Name: name, Metadata: {}, Endpoints: { docker } }),
    );
    if (keys.length > 0)
      mkdirSync(join(folder, 'contexts', 'tls', digest, 'docker'), { recursive: true });
    for (const key of keys)
      writeFileSync(join(folder, 'contexts', 'tls', digest, 'docker', `${key}.pem`), key);
  }
  const use = (name: string) =>
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ currentContext: name }));
  const fails = (look: () => unknown, words: RegExp) =>
    expect(look).to.throw(Refusal, words).with.property('code', 'engine_unreachable');

  it('is the default socket where nothing says otherwise', () => {
    const found = {
      transport: { by: 'unix', path: '/var/run/docker.sock' },
      address: 'unix:///var/run/docker.sock',
      source: 'the default socket',
      context: 'default',
      local: true,
    };
    expect(endpoint()).to.deep.equal(found);
    expect(endpoint({ DOCKER_HOST: '', DOCKER_CONTEXT: '' })).to.deep.equal(found);
    expect(endpoint({ DOCKER_CONTEXT: 'default' })).to.deep.equal(found);
    use('default');
    expect(endpoint()).to.deep.equal(found);
    writeFileSync(join(folder, 'config.json'), 'not json');
    expect(endpoint()).to.deep.equal(found);
  });

  it('is what DOCKER_HOST says, before any context', () => {
    writeContext('far', { Host: 'tcp://far:1' });
    use('far');
    expect(host('unix:///run/user/1000/docker.sock', { DOCKER_CONTEXT: 'far' })).to.deep.equal({
      transport: { by: 'unix', path: '/run/user/1000/docker.sock' },
      address: 'unix:///run/user/1000/docker.sock',
      source: 'DOCKER_HOST',
      local: true,
    });
  });

  it('is what DOCKER_CONTEXT says, before the current context', () => {
    writeContext('one', { Host: 'unix:///one.sock' });
    writeContext('two', { Host: 'unix:///two.sock' });
    use('one');
    expect(endpoint()).to.deep.include({
      transport: { by: 'unix', path: '/one.sock' },
      source: 'context "one"',
    });
    expect(endpoint({ DOCKER_CONTEXT: 'two' })).to.deep.include({
      transport: { by: 'unix', path: '/two.sock' },
    });
  });

  it('has the ports, hosts and paths that the docker program takes', () => {
    const tcp = (at: object) => ({ by: 'tcp', prefix: '', tls: null, ...at });
    expect(host('tcp://127.0.0.1').transport).to.deep.equal(tcp({ host: '127.0.0.1', port: 2375 }));
    expect(host('192.168.1.2:80').transport).to.deep.equal(tcp({ host: '192.168.1.2', port: 80 }));
    expect(host('tcp://[::1]:2222/v/').transport).to.deep.equal(
      tcp({ host: '::1', port: 2222, prefix: '/v' }),
    );
    expect(host('unix://').transport).to.deep.equal({ by: 'unix', path: '/var/run/docker.sock' });
    expect(host('ssh://me@box:2222/run/d.sock').transport).to.deep.equal({
      by: 'ssh',
      user: 'me',
      host: 'box',
      port: '2222',
      socket: '/run/d.sock',
    });
    expect(host('ssh://box').transport).to.deep.equal({
      by: 'ssh',
      user: '',
      host: 'box',
      port: '',
      socket: '',
    });
  });

  it('is local on a unix socket and on loopback alone', () => {
    for (const local of [
      'tcp://127.0.0.1:1',
      'tcp://127.1.2.3:1',
      'tcp://localhost:1',
      'tcp://[::1]:1',
    ])
      expect(host(local).local, local).to.equal(true);
    for (const remote of [
      'tcp://127.0.0.1.example.org:1',
      'tcp://10.0.0.1:1',
      'tcp://box:1',
      'ssh://localhost',
    ])
      expect(host(remote).local, remote).to.equal(false);
  });

  it('is shown without who logs in there', () => {
    expect(host('ssh://root@box:22').address).to.equal('ssh://box:22');
    expect(host('tcp://me:secret@box:1').address).to.equal('tcp://box:1');
  });

  it('refuses what is no way to an engine, and says why', () => {
    fails(() => host('npipe:////./pipe/docker_engine'), /named pipes.*WSL2/);
    fails(() => host('fd://3'), /fd:\/\//);
    fails(() => host('ssh://me:secret@box'), /password/);
    fails(() => host('tcp://'), /URL/);
    fails(() => host('ssh://box/run/x;reboot'), /shell/);
    fails(() => endpoint({ DOCKER_CONTEXT: 'nowhere' }), /context "nowhere" does not exist/);
    writeContext('kubernetes', undefined);
    fails(() => endpoint({ DOCKER_CONTEXT: 'kubernetes' }), /names no engine/);
  });

  it('speaks TLS when DOCKER_TLS_VERIFY says so, with the keys of DOCKER_CERT_PATH', () => {
    const keys = join(folder, 'keys');
    mkdirSync(keys);
    for (const name of ['ca', 'cert', 'key']) writeFileSync(join(keys, `${name}.pem`), name);
    const tls = { ca: Buffer.from('ca'), cert: Buffer.from('cert'), key: Buffer.from('key') };
    const by = (env: NodeJS.ProcessEnv) => host('tcp://box', env).transport;
    expect(by({ DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: keys })).to.deep.include({
      port: 2376,
      tls: { ...tls, verify: true },
    });
    expect(by({ DOCKER_TLS: '1', DOCKER_CERT_PATH: keys })).to.deep.include({
      port: 2376,
      tls: { ...tls, verify: false },
    });
    expect(by({ DOCKER_TLS_VERIFY: '1' })).to.deep.include({ tls: { verify: true } });
    expect(by({ DOCKER_CERT_PATH: keys })).to.deep.include({ port: 2375, tls: null });
  });

  it('speaks TLS when the context has keys, or says that they do not matter', () => {
    writeContext('keys', { Host: 'tcp://box', SkipTLSVerify: false }, ['ca', 'cert', 'key']);
    writeContext('lax', { Host: 'tcp://box', SkipTLSVerify: true });
    writeContext('plain', { Host: 'tcp://box', SkipTLSVerify: false });
    const tls = (name: string) =>
      (
        endpoint({ DOCKER_CONTEXT: name, DOCKER_TLS_VERIFY: '1' }).transport as {
          tls: object | null;
        }
      ).tls;
    expect(tls('keys')).to.deep.equal({
      ca: Buffer.from('ca'),
      cert: Buffer.from('cert'),
      key: Buffer.from('key'),
      verify: true,
    });
    expect(tls('lax')).to.deep.equal({ verify: false });
    expect(tls('plain')).to.equal(null);
  });

  describe('when it is not there', () => {
    const explain = (env: NodeJS.ProcessEnv, code: string) =>
      explainUnreachable(endpoint(env), code, 'detail', { HOME: folder, ...env });

    it('says what to type', () => {
      expect(explain({}, 'ENOENT').message).to.match(
        /No Docker engine at unix:\/\/\/var\/run\/docker.sock: the socket does not exist/,
      );
      expect(explain({}, 'ENOENT').next).to.match(/systemctl start docker|Docker Desktop/);
      expect(explain({ DOCKER_HOST: 'unix:///else.sock' }, 'ENOENT').next).to.match(
        /^Correct or unset DOCKER_HOST/,
      );
      expect(explain({}, 'EACCES').next).to.match(/usermod -aG docker \$USER.*sudo/);
      expect(explain({ DOCKER_HOST: 'tcp://box:1' }, 'ECONNREFUSED').message).to.match(
        /tcp:\/\/box:1 \(DOCKER_HOST\): nobody listens/,
      );
      expect(explain({ DOCKER_HOST: 'tcp://box:1' }, 'ECONNREFUSED').next).to.match(
        /docker version.*DOCKER_HOST/,
      );
      expect(explain({ DOCKER_HOST: 'tcp://box:1' }, 'CERT_HAS_EXPIRED').message).to.match(
        /detail/,
      );
    });

    it('names the socket of a rootless engine, which the docker program would not find either', () => {
      writeFileSync(join(folder, 'docker.sock'), '');
      expect(explain({ XDG_RUNTIME_DIR: folder }, 'ENOENT').next).to.include(
        `export DOCKER_HOST=unix://${folder}/docker.sock`,
      );
      expect(
        explain({ XDG_RUNTIME_DIR: folder, DOCKER_HOST: 'unix:///else.sock' }, 'ENOENT').next,
      ).not.to.include(folder);
    });
  });
});
