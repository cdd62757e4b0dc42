/**
 * The throwaway engine on machines that are not bare: programs that are installed and so not unpacked, a shell that means
 * some other engine, an engine that was killed or whose folder was deleted. Lacks what a test does with an engine: `docker.test.ts`.
 */
import { execFile, spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { testDocker } from './docker.ts';
import { environment, isDebian, throwawayDir, throwawayFolder } from './find.ts';

const run = promisify(execFile);
const HERE = import.meta.dirname;
const ENGINE = join(HERE, 'engine.sh');

/** Of a shell that was told to use some other engine, as `docker-machine env` and its like do. */
const OTHER_ENGINE = {
  DOCKER_HOST: 'tcp://127.0.0.1:1',
  DOCKER_TLS_VERIFY: '1',
  DOCKER_CERT_PATH: '/nowhere',
  DOCKER_API_VERSION: '9.99',
};

/** Exit code and stderr of a script that fails. */
async function failure(
  file: string,
  args: string[],
  options: { env?: NodeJS.ProcessEnv; uid?: number },
): Promise<{ code: unknown; said: string }> {
  try {
    await run(file, args, options);
  } catch (error) {
    return { code: (error as { code: unknown }).code, said: (error as { stderr: string }).stderr };
  }
  throw new Error(`${args.join(' ')} did not fail`);
}

describe('a throwaway engine', function () {
  this.timeout(180_000);
  let base = '';
  /** Stands in `base`, and ends like the path of another folder. */
  let dir = '';
  let other = '';
  let machine = '';

  before(async function () {
    if (!isDebian() || process.getuid?.() !== 0 || !(await testDocker())) return this.skip();
    [base, other] = [newFolder(), newFolder()];
    dir = join(base, other);
    machine = join(base, 'machine');
    removeWhenKilled(dir, base, other);
    await unpack();
  });
  after(async () => {
    if (dir) await run('bash', [ENGINE, 'down', dir, String(process.pid)]);
    for (const folder of [base, other]) rmSync(folder, { recursive: true, force: true });
  });

  const newFolder = () => mkdtempSync('/tmp/gameday-engine-');

  function removeWhenKilled(engine: string, ...folders: string[]): void {
    const guard = 'tail --pid="$1" -f /dev/null; bash "$2" down "$3" "$1"; shift 3; rm -rf "$@"';
    spawn('bash', ['-c', guard, 'guard', String(process.pid), ENGINE, engine, ...folders], {
      env: { PATH: process.env.PATH },
      stdio: 'ignore',
      detached: true,
    }).unref();
  }

  /** Makes it look as if Docker's packages were installed on the machine: the programs are on the PATH, and not unpacked. */
  async function unpack(): Promise<void> {
    mkdirSync(machine);
    mkdirSync(dir, { recursive: true });
    const there = join(throwawayDir, 'root');
    if (existsSync(join(there, '.complete'))) await run('cp', ['-a', there, dir]);
    else await run('bash', [join(HERE, 'packages.sh'), dir]);
    for (const folder of [join(dir, 'root/usr/bin'), join(dir, 'root/usr/sbin')]) {
      for (const program of existsSync(folder) ? readdirSync(folder) : []) {
        if (/^(docker.*|runc|containerd.*|ip6?tables.*|xtables.*)$/.test(program))
          renameSync(join(folder, program), join(machine, program));
      }
    }
  }

  async function up(): Promise<void> {
    const env = {
      ...process.env,
      ...OTHER_ENGINE,
      PATH: `${join(dir, 'bin')}:${machine}:${process.env.PATH}`,
    };
    const { stdout } = await run('bash', [ENGINE, 'up', dir, String(process.pid)], { env });
    // As a developer's shell would: what it said about the other engine is undone by the lines that are printed.
    const asked = `eval "$1"; docker version --format '{{.Server.Version}}' && docker compose version --short`;
    const answer = await run('bash', ['-c', asked, 'asked', stdout], { env });
    expect(answer.stdout).to.match(/^\d+\..*\nv?\d+\./);
  }

  const enginePid = () => Number(readFileSync(join(dir, 'pid'), 'utf8'));
  const lives = (pid: number) => existsSync(`/proc/${pid}/exe`);
  // By reading, since a bare machine has neither `pgrep` nor `ip`.
  const read = (file: string) => {
    try {
      return readFileSync(file, 'latin1').trim();
    } catch {
      return ''; // ended, or gone, in between
    }
  };
  const containerds = () =>
    readdirSync('/proc').filter((pid) =>
      read(`/proc/${pid}/cmdline`).startsWith(`containerd\0--config\0${dir}/exec/`),
    );
  const bridges = () =>
    readdirSync('/sys/class/net').filter((name) => read(`/sys/class/net/${name}/ifalias`) === dir);

  it(
    'finds its client and its daemons on the PATH where they are not unpacked, whatever the shell says about other engines',
    up,
  );

  it('ends what it ran when it was killed, also a container that is paused', async () => {
    const env = {
      ...process.env,
      DOCKER_HOST: `unix://${join(dir, 'docker.sock')}`,
      PATH: `${join(dir, 'bin')}:${machine}:${process.env.PATH}`,
    };
    const docker = async (...args: string[]) => (await run('docker', args, { env })).stdout.trim();
    await run('bash', [join(HERE, 'image.sh'), 'busybox', 'paused:1', dir], { env });
    const id = await docker('run', '--detach', '--network', 'none', 'paused:1', 'sleep', '600');
    await docker('pause', id);
    const pid = Number(await docker('inspect', '--format', '{{.State.Pid}}', id));
    process.kill(enginePid(), 'SIGKILL');
    await run('bash', [ENGINE, 'down', dir, String(process.pid)]);
    expect(lives(pid)).to.equal(false);
    rmSync(machine, { recursive: true });
    await unpack();
    await up();
  });

  it('comes again after it was killed, also when its own folder is on the PATH', async () => {
    process.kill(enginePid(), 'SIGKILL');
    await up();
  });

  it('is left alone when an engine ends whose folder is called like the end of its own', async () => {
    const before = containerds();
    await run('bash', [ENGINE, 'down', other]);
    expect(before).to.have.length(1);
    expect(containerds()).to.deep.equal(before);
  });

  it('ends, with its bridge, also when its folder was deleted under it', async () => {
    const pid = enginePid();
    expect(bridges()).to.have.length(1);
    rmSync(dir, { recursive: true, force: true });
    await run('bash', [ENGINE, 'down', dir, String(process.pid)]);
    expect(lives(pid)).to.equal(false);
    expect(bridges()).to.deep.equal([]);
  });

  describe('that cannot be had', () => {
    let folder = '';
    before(() => {
      folder = newFolder();
      removeWhenKilled(join(folder, 'e'), folder);
      // An ordinary user may not see the checkout.
      cpSync(HERE, join(folder, 'scripts'), { recursive: true });
      for (const entry of [
        '',
        'scripts',
        ...readdirSync(HERE).map((file) => join('scripts', file)),
      ])
        chmodSync(join(folder, entry), 0o755);
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    it('is refused to an ordinary user in one sentence', async () => {
      const { code, said } = await failure(
        'bash',
        [join(folder, 'scripts/engine.sh'), 'up', join(folder, 'e')],
        { uid: 65534 },
      );
      expect(code).to.equal(1);
      expect(said).to.match(
        /^engine\.sh: failed: only root can start an engine; run this as root, or start a Docker engine .*\n$/,
      );
    });

    it('is refused on another system than Debian', async () => {
      writeFileSync(join(folder, 'os-release'), 'ID=fedora\n');
      const covered = 'mount --bind "$1" /etc/os-release; exec bash "$2" up "$3"';
      const args = [
        '--mount',
        '--propagation',
        'private',
        'bash',
        '-c',
        covered,
        'covered',
        join(folder, 'os-release'),
        ENGINE,
        join(folder, 'e'),
      ];
      const { said } = await failure('unshare', args, {});
      expect(said).to.match(
        /^packages\.sh: failed: this machine is no Debian, .*; start a Docker engine/m,
      );
      expect(existsSync(join(folder, 'e'))).to.equal(false);
    });

    it('says so when packages are missing and cannot be fetched, though the folder was complete once', async () => {
      const packages = join(folder, 'p');
      mkdirSync(join(packages, 'root'), { recursive: true });
      writeFileSync(join(packages, 'root/.complete'), '');
      const lame = join(folder, 'lame');
      mkdirSync(lame);
      for (const program of ['apt-get', 'dpkg-query'])
        writeFileSync(join(lame, program), '#!/bin/sh\nexit 100\n', { mode: 0o755 });
      // Nothing of the machine is installed here but what the script itself runs.
      const covered = `for folder in /usr/local/sbin /usr/local/bin; do [ ! -d $folder ] || mount -t tmpfs none $folder; done
        for program in $(type -Pa docker dockerd containerd runc redis-server nginx etcd); do mount --bind /dev/null "$program"; done
        exec bash "$1" "$2"`;
      const args = [
        '--mount',
        '--propagation',
        'private',
        'bash',
        '-c',
        covered,
        'covered',
        join(HERE, 'packages.sh'),
        packages,
      ];
      const { said } = await failure('unshare', args, {
        env: { ...process.env, PATH: `${lame}:/usr/sbin:/usr/bin:/sbin:/bin` },
      });
      expect(said).to.match(
        /^packages\.sh: failed: could not fetch packages from deb\.debian\.org .*; let apt-get reach it, or start/m,
      );
    });
  });
});

describe('what the tests are told about an engine', () => {
  it('has nothing in it about some other engine where the engine is the throwaway one', () => {
    const before = { ...process.env };
    Object.assign(process.env, OTHER_ENGINE, {
      COMPOSE_FILE: 'other.yaml',
      DOCKER_CONTEXT: 'other',
    });
    try {
      const env = environment({
        host: 'unix:///e/docker.sock',
        config: '/e/config',
        bin: '/e/bin',
        packages: '/e',
      });
      const told = Object.entries(env).filter(([name]) => /^(DOCKER|COMPOSE)_/.test(name));
      expect(Object.fromEntries(told)).to.deep.equal({
        DOCKER_HOST: 'unix:///e/docker.sock',
        DOCKER_CONFIG: '/e/config',
      });
    } finally {
      for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
      Object.assign(process.env, before);
    }
  });

  it('is a folder that the engine takes, also where the folder for temporary files has a long name or a space in it', () => {
    for (const temporary of ['/tmp', `/tmp/${'long/'.repeat(12)}`, '/tmp/a b', 'relative']) {
      expect(throwawayFolder(temporary)).to.match(/^\/[^ ]{1,59}$/);
    }
    expect(throwawayFolder('/var/tmp')).to.match(/^\/var\/tmp\//);
  });
});
