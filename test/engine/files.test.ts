/** The contract of the ability `files` on a real engine: what programs in the container get of a file, before, during and after. */
import { expect } from 'chai';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import type { Ability } from '../../src/engine/engine.ts';
import type { LiveEffect } from '../../src/fault/effect.ts';
import type { Instance } from '../../src/fault/instance.ts';
import { EngineError, Refusal } from '../../src/terms/outcomes.ts';
import { testDocker } from '../docker/docker.ts';
import { rejection } from './contract.ts';
import { type DockerStack, effectOf, find, helpersFor, makeDockerStack } from './docker-stack.ts';

type How = 'missing' | 'readonly' | 'permission';
/** Volumes, one of them a file system of its own; a bind mount; memory; the container's own layer. */
const PLACES = ['/data', '/shared', '/folder', '/scratch', '/srv'];
/** What is one of a kind for a mode. */
const SOME = ['/shared', '/scratch', '/srv'];

describe('files of the Compose engine', function () {
  this.timeout(600_000);
  let stack: DockerStack;
  let files: Ability;
  let web: Instance;
  let user: Instance;
  let before_: string;

  before(async function () {
    const docker = await testDocker();
    if (!docker) return this.skip();
    stack = await makeDockerStack(docker, 'files');
    const engine = await stack.open({ toolsImage: await docker.image('tools') });
    files = engine.abilities.files as Ability;
    await lookUp();
    await fill(web, PLACES);
    await fill(user, ['/scratch', '/srv']);
    await everybody(web, 'ln -s /data/file /data/link');
    before_ = await everything();
  });
  beforeEach(lookUp);
  afterEach(async () => {
    for (const target of [web, user]) expect(await helpersFor(stack, target)).to.deep.equal([]);
    expect(await everything()).to.equal(before_);
  });
  after(() => stack?.cleanup());

  async function lookUp() {
    web = await find(stack.engine, 'web-1');
    user = await find(stack.engine, 'user-1');
  }
  const docker = (...args: string[]) => stack.docker.docker(args);
  const inside = ({ id }: Instance, script: string) => docker('exec', id, 'sh', '-c', script);
  const everybody = ({ id }: Instance, script: string) =>
    docker('exec', '--user', '0', id, 'sh', '-c', script);
  /** A file that everybody may read, its owner may write, and whose group counts; a folder with a file in it. */
  const fill = (target: Instance, places: string[]) =>
    everybody(
      target,
      `for at in ${places.join(' ')}; do mkdir -p $at/dir; echo mine >$at/file; echo mine >$at/dir/file
        chown 65534:33 $at/file $at/dir; chmod 2754 $at/file; chmod 1750 $at/dir; done; chmod 1777 /srv`,
    );
  /** Names, modes, owners, marks, numbers and contents of all files. */
  const everything = async () => {
    const script = `for at in ${PLACES.join(' ')}; do find $at | sort | while read -r f; do stat -c '%n %f %u %g %i' $f; cat $f 2>/dev/null; done; done`;
    const [one, other] = [await everybody(web, script), await everybody(user, script)];
    // A restart gives a container a new memory, with nothing in it.
    return `${one}\n${other}`.replace(/^\/scratch.*\n(mine\n)?/gm, '');
  };
  const live = async (
    fault: string,
    target: Instance,
    path: string,
    how: How,
    others: LiveEffect[] = [],
  ): Promise<LiveEffect> => {
    const effect = effectOf('files', { path, how });
    const bound = await files.bind?.(target, effect, others);
    return { fault, target, effect: bound ?? effect, deadline: null };
  };
  const all = (target: Instance, places: string[], name: string, how: How) =>
    inTurn(places, (at) => live(`${how}${at}/${name}`, target, `${at}/${name}`, how));
  const statesOf = (effects: LiveEffect[]) => inTurn(effects, stateOf);
  const why = async (target: Instance, path: string, how: How = 'missing') =>
    (await files.whyNot(target, effectOf('files', { path, how })))?.why ?? '';
  const readingOf = async (each: LiveEffect) => {
    const now = (await stack.engine.inspect(each.target.id)) as Instance;
    return (await files.read(now, [each]))[0];
  };
  const stateOf = async (each: LiveEffect) => (await readingOf(each))?.state;
  const works = (target: Instance, script: string) =>
    inside(target, script).then(
      () => true,
      () => false,
    );
  const undo = (each: LiveEffect, left: LiveEffect[] = []) => files.set(each.target, left, [each]);

  it('a file is missing, on whatever it is, and back as it was', async () => {
    const gone = await all(web, PLACES, 'file', 'missing');
    await files.set(web, gone);
    await files.set(web, gone.slice(0, 1)); // Again, as after a death.
    for (const place of PLACES)
      expect(await works(web, `cat ${place}/file`), place).to.equal(false);
    expect(await statesOf(gone)).to.deep.equal(PLACES.map(() => 'in_force'));
    await files.set(web, gone.slice(1), gone.slice(0, 1));
    expect(await statesOf(gone.slice(0, 2))).to.deep.equal(['absent', 'in_force']);
    await files.set(web, [], gone);
    expect(await statesOf(gone)).to.deep.equal(PLACES.map(() => 'absent'));
  });

  it('read-only and closed to a program that is not root', async () => {
    const locked = await all(user, SOME, 'file', 'readonly');
    const closed = await all(user, SOME, 'dir', 'permission');
    await files.set(user, [...locked, ...closed]);
    for (const place of SOME) {
      expect(await works(user, `echo x >>${place}/file`), place).to.equal(false);
      expect(await inside(user, `cat ${place}/file`)).to.equal('mine');
      expect(await works(user, `ls ${place}/dir`), place).to.equal(false);
    }
    expect(await statesOf([...locked, ...closed])).to.deep.equal(Array(6).fill('in_force'));
    await files.set(user, closed, locked);
    expect(await works(user, '[ -w /shared/file ]')).to.equal(true);
    expect(await works(user, 'ls /shared/dir')).to.equal(false);
    await files.set(user, [], closed);
    expect(await works(user, 'ls /shared/dir')).to.equal(true);
  });

  it('read-only also for root, where the file system can protect it', async () => {
    const places = PLACES.slice(0, -1);
    const locked = await all(web, places, 'file', 'readonly');
    const folders = await all(web, places.slice(0, 1), 'dir', 'readonly');
    await files.set(web, [...locked, ...folders]);
    for (const place of places) {
      expect(await works(web, `echo x >>${place}/file`), place).to.equal(false);
      expect(await works(web, `rm ${place}/file`), place).to.equal(false);
    }
    expect(await works(web, `touch ${places[0]}/dir/new`)).to.equal(false);
    expect(await statesOf([...locked, ...folders])).to.deep.equal(Array(5).fill('in_force'));
    await files.set(web, locked, folders);
    expect(await works(web, `touch ${places[0]}/dir/new; rm ${places[0]}/dir/new`)).to.equal(true);
    await files.set(web, [], locked);
  });

  it('a folder is missing with all that is in it, on a volume', async () => {
    const gone = await live('f1', web, '/data/dir', 'missing');
    await files.set(web, [gone]);
    expect(await works(user, 'ls /data/dir')).to.equal(false);
    await undo(gone);
  });

  it('on a volume it stays when the target restarts or is down, and comes off one that was made anew', async () => {
    const gone = await live('f1', web, '/data/file', 'missing');
    const locked = await live('f2', web, '/shared/file', 'readonly', [gone]);
    await files.set(web, [gone, locked]);
    await docker('restart', '--time', '0', web.id);
    expect([await stateOf(gone), await stateOf(locked)]).to.deep.equal(['in_force', 'in_force']);
    await docker('kill', web.id);
    expect([await stateOf(gone), await stateOf(locked)]).to.deep.equal(['in_force', 'in_force']);
    await undo(locked, [gone]);
    await stack.compose('up', '--detach', '--force-recreate', '--timeout', '0', 'web');
    expect(await stack.engine.inspect(web.id)).to.equal(null);
    await undo(gone);
    await lookUp();
    await fill(web, ['/srv']);
    before_ = await everything();
    expect(await inside(user, 'cat /data/file')).to.equal('mine');
  });

  it('in its own layer it stays when the target restarts, and is undone while it is down', async () => {
    const gone = await live('f1', web, '/srv/file', 'missing');
    const image = await live('f2', web, '/etc/passwd', 'missing', [gone]);
    const closed = await live('f3', user, '/srv/file', 'permission');
    await files.set(web, [gone, image]);
    await files.set(user, [closed]);
    await docker('restart', '--time', '0', web.id, user.id);
    expect(await statesOf([gone, image, closed])).to.deep.equal(Array(3).fill('in_force'));
    await docker('kill', web.id, user.id);
    expect(await statesOf([gone, image, closed])).to.deep.equal(Array(3).fill('in_force'));
    await undo(gone, [image]);
    expect(await statesOf([gone, image])).to.deep.equal(['absent', 'in_force']);
    await undo(image);
    await undo(closed);
    await docker('start', web.id, user.id);
    expect(await statesOf([gone, image, closed])).to.deep.equal(Array(3).fill('absent'));
    expect(
      await inside(web, 'head -c 5 /etc/passwd; ls -a /etc | grep -c gameday || true'),
    ).to.equal('root:0');
  });

  it('in its memory it ends with a restart', async () => {
    await fill(web, ['/scratch']); // A restart has emptied it.
    const gone = await live('f1', web, '/scratch/file', 'missing');
    await files.set(web, [gone]);
    await docker('restart', '--time', '0', web.id);
    expect(await stateOf(gone)).to.equal('absent');
    await undo(gone);
  });

  it('what somebody else puts in its place is never overwritten', async () => {
    const gone = await live('f1', web, '/data/file', 'missing');
    await files.set(web, [gone]);
    await inside(web, 'echo other >/data/file');
    expect(await readingOf(gone)).to.deep.equal({
      state: 'in_force',
      instead: 'somebody has put another /data/file in its place',
    });
    const error = await rejection(undo(gone));
    expect(error).to.be.instanceOf(EngineError).and.to.include({ definite: true, reason: 'taken' });
    expect((error as Error).message).to.match(
      /is there again, made by somebody else; the one from before is \/data\/\.gameday-/,
    );
    expect(await inside(web, 'cat /data/file')).to.equal('other');
    await inside(web, 'rm /data/file');
    await undo(gone);
  });

  it('a mode that somebody else has changed meanwhile is left as it is', async () => {
    const closed = await live('f1', user, '/data/file', 'permission');
    await files.set(user, [closed]);
    await everybody(user, 'chmod 640 /data/file');
    expect(await readingOf(closed)).to.deep.equal({
      state: 'absent',
      instead: 'somebody has changed the mode of /data/file',
    });
    await undo(closed);
    expect(await everybody(user, 'stat -c %a /data/file')).to.equal('640');
    await everybody(user, 'chmod 2754 /data/file');
  });

  it('of two targets of one volume, each has what it took; undone in any order', async () => {
    const locked = await live('f1', user, '/data/file', 'readonly');
    await files.set(user, [locked]);
    const keeper = await find(stack.engine, 'keeper-1');
    const gone = await live('f2', keeper, '/data/file', 'missing');
    await files.set(keeper, [gone]);
    expect(await stateOf(locked)).to.equal('in_force');
    await undo(locked);
    expect([await stateOf(locked), await stateOf(gone)]).to.deep.equal(['absent', 'in_force']);
    await undo(gone);
    const folder = await live('f3', keeper, '/data/dir', 'missing');
    const within = await live('f4', user, '/data/dir/file', 'readonly').catch(() => null);
    expect(within).to.equal(null);
    await files.set(keeper, [folder]);
    await undo(folder);
  });

  it('is refused, with the reason, where it would do nothing or could not be undone', async () => {
    const refused: [Instance, string, How, RegExp][] = [
      [web, '/data/none', 'missing', /^it has no \/data\/none$/],
      [web, '/data/link', 'missing', /^\/data\/link is a link to \/data\/file$/],
      [web, '/read/file', 'missing', /^\/read is read-only for it$/],
      [web, '/data', 'missing', /^\/data is a mount of its own/],
      [web, '/etc', 'missing', /is a mount of its own/],
      [web, '/usr/bin', 'missing', /is a folder of its image, which cannot be renamed/],
      [web, '/proc/version', 'missing', /made up by the kernel/],
      [web, '/dev/null', 'missing', /neither a file nor a folder/],
      [web, '/', 'missing', /all of its files/],
      [web, '/data/file', 'permission', /all of its programs run as root/],
      [web, '/srv/file', 'readonly', /programs that run as root.*own layer/],
      [user, '/etc/passwd', 'readonly', /none of its programs may write to/],
    ];
    const said = await inTurn(refused, ([target, path, how]) => why(target, path, how));
    for (const [index, [, path, how, words]] of refused.entries())
      expect(said[index], `${how} ${path}`).to.match(words);
    const one = await live('f1', web, '/data/dir', 'missing');
    for (const path of ['/data/dir', '/data/dir/file'])
      expect(
        await rejection(Promise.resolve(files.bind?.(web, effectOf('files', { path }), [one]))),
      ).to.be.instanceOf(Refusal);
  });
});

/** A busy engine takes its time for each container. */
async function inTurn<T, R>(all: T[], work: (each: T) => Promise<R>): Promise<R[]> {
  const done: R[] = [];
  for (const each of all) done.push(await work(each));
  return done;
}
