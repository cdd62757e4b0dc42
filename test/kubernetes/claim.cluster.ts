/** Two game days on one namespace, as of two machines: the second one is refused, and neither is in the way of a recovery. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { expectExit, gameday } from '../commands/cli.ts';
import { CONTEXT, clusterEnv, kubectl, openShop, SHOP } from './cluster.ts';

const WHERE = ['--context', CONTEXT, '--namespace', SHOP];
const STORY = `engine: kubernetes
kubernetes: { context: ${CONTEXT}, namespace: ${SHOP} }
chapters: [{ title: Welcome }]
`;
const DIE = join(import.meta.dirname, 'die.mjs');

describe('two game days on one namespace', function () {
  this.timeout(180_000);
  let folders: string[];

  before(async () => {
    await openShop();
    folders = [1, 2].map((each) => mkdtempSync(join(tmpdir(), `gameday-claim-${each}-`)));
    // Each has a story, and so a state folder of its own.
    for (const folder of folders) writeFileSync(join(folder, 'gameday.yaml'), STORY);
  });

  after(async () => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  const at = (which: 0 | 1, env: NodeJS.ProcessEnv = {}) => ({
    cwd: folders[which] as string,
    env: { ...clusterEnv(), ...env },
  });
  const scale = (service: string, ...more: string[]) =>
    ['fault', 'inject', 'scale', service, '--to', '1', '--countdown', '0', ...more].concat(WHERE);
  const lease = async (path: string) =>
    kubectl(['get', 'lease', 'gameday', '--namespace', SHOP, `-o=jsonpath={${path}}`]);
  const leases = () => kubectl(['get', 'lease', '--namespace', SHOP, '--output', 'name']);

  it('keeps the second one out until the first one has recovered', async () => {
    await expectExit(0, scale('web', '--duration', '5m'), at(0));
    const { stderr } = await expectExit(4, scale('store'), at(1));
    expect(stderr).to.match(/Another game day has the namespace shop: .* run .*, until /);
    expect(stderr).to.contain('delete lease gameday');
    // Its own run goes on, and its time is that of what is live.
    await expectExit(0, scale('store'), at(0));
    expect(Number(await lease('.spec.leaseDurationSeconds'))).to.be.above(3600);
    await expectExit(0, ['fault', 'recover', 'f1'], at(0));
    expect(await leases()).to.equal('lease.coordination.k8s.io/gameday');
    await expectExit(0, ['fault', 'recover'], at(0));
    expect(await leases()).to.equal('');
    await expectExit(0, scale('store'), at(1));
    await expectExit(0, ['fault', 'recover'], at(1));
    expect(await leases()).to.equal('');
  });

  it('nothing is left of one that was cancelled or refused', async () => {
    await expectExit(5, ['fault', 'inject', 'kill', 'once', '--countdown', '0', ...WHERE], at(0));
    expect(await leases()).to.equal('');
  });

  it('one that was killed before its fault is not in the way of its own folder', async () => {
    const env = { GAMEDAY_DIE_AT: 'answered', GAMEDAY_DIE_ON: 'lease' };
    const dead = await gameday(scale('web'), { ...at(0, env), node: ['--import', DIE] });
    expect(dead.signal).to.equal('SIGKILL');
    expect(await leases()).to.equal('lease.coordination.k8s.io/gameday');
    await expectExit(4, scale('web'), at(1));
    await expectExit(0, scale('web'), at(0));
    await expectExit(0, ['fault', 'recover'], at(0));
    expect(await leases()).to.equal('');
  });

  it('one whose machine died has it until its time is over, and recovers even then', async () => {
    const args = scale('web', '--duration', '1m');
    const node = ['--import', DIE];
    const dead = await gameday(args, { ...at(0, { GAMEDAY_DIE_AT: 'answered' }), node });
    expect(dead.signal, dead.stderr).to.equal('SIGKILL');
    await expectExit(4, scale('store'), at(1));
    const past = JSON.stringify({ spec: { renewTime: '2026-01-01T00:00:00.000000Z' } });
    const patch = ['patch', 'lease', 'gameday', '--namespace', SHOP, '--type', 'merge'];
    await kubectl([...patch, '--patch', past]);
    await expectExit(0, scale('store'), at(1));
    const holder = await lease('.spec.holderIdentity');
    await expectExit(0, ['chapter', 'reset'], at(0));
    expect(await lease('.spec.holderIdentity')).to.equal(holder);
    await expectExit(0, ['fault', 'recover'], at(1));
    expect(await leases()).to.equal('');
  });
});
