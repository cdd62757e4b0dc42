/** An account with the rights of docs/kubernetes-role.yaml, and no others, can do all that the engine does. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { expectExit, until } from '../commands/cli.ts';
import { served } from '../commands/served.ts';
import { apply, CONTEXT, clusterEnv, kubectl, openShop, pods, SHOP } from './cluster.ts';

const ROLE = readFileSync(
  join(import.meta.dirname, '..', '..', 'docs', 'kubernetes-role.yaml'),
  'utf8',
);
const ACCOUNT = 'gameday-account';

describe('the least rights', function () {
  this.timeout(180_000);
  let cwd: string;
  let at: { cwd: string; env: NodeJS.ProcessEnv };

  before(async () => {
    await openShop();
    await apply(ROLE);
    cwd = mkdtempSync(join(tmpdir(), 'gameday-rights-'));
    const kubeconfig = join(cwd, 'account.conf');
    writeFileSync(kubeconfig, readFileSync(clusterEnv().KUBECONFIG as string));
    const token = await kubectl(['create', 'token', 'gameday', '--namespace', SHOP]);
    const config = ['config', '--kubeconfig', kubeconfig];
    await kubectl([...config, 'set-credentials', ACCOUNT, `--token=${token}`]);
    await kubectl([...config, 'set-context', ACCOUNT, '--cluster=it', `--user=${ACCOUNT}`]);
    await kubectl([...config, 'delete-context', CONTEXT]);
    const cluster = `{ context: ${ACCOUNT}, namespace: ${SHOP}, kubeconfig: account.conf }`;
    writeFileSync(
      join(cwd, 'gameday.yaml'),
      `engine: kubernetes\nkubernetes: ${cluster}\nchapters: [{ title: Welcome }]\n`,
    );
    at = { cwd, env: { ...clusterEnv(), KUBECONFIG: '/dev/null' } };
  });

  after(async () => {
    rmSync(cwd, { recursive: true, force: true });
    await kubectl(['delete', 'clusterrole,clusterrolebinding', 'gameday', '--ignore-not-found']);
  });

  const inject = (...args: string[]) =>
    expectExit(0, ['fault', 'inject', ...args, '--countdown', '0'], at);

  it('are said by the doctor to be enough', async () => {
    const doctor = await expectExit(0, ['story', 'doctor'], at);
    expect(doctor.stdout).to.match(/rights +this account may do all that gameday does/);
  });

  for (const [kind, target, ...more] of [
    ['kill', 'web-1'],
    ['stop', 'store-1', '--overrule', 'last_healthy,max_unavailable'],
    ['evict', 'web-2'],
    ['scale', 'store', '--to', '1'],
    ['cordon', 'node-1'],
    ['drain', 'node-2'],
  ] as const)
    it(`allow ${kind}, and its recovery`, async () => {
      await inject(kind, target, ...more);
      expect((await expectExit(0, ['fault', 'recover'], at)).stdout).to.match(/recovered/);
      await until('the shop to be whole', async () => {
        const well = (await pods(SHOP)).filter(({ isReady, isEnding }) => isReady && !isEnding);
        return well.length === 7;
      });
    });

  it('without those of the whole cluster: nodes are refused, with what the cluster says, and the rest goes on', async () => {
    await kubectl(['delete', 'clusterrolebinding', 'gameday']);
    const refused = await served(['fault', 'inject', 'cordon', 'node-1', '--countdown', '0'], at);
    expect(refused.code).to.equal(6);
    expect(refused.stderr).to.match(/cannot list resource "nodes"/);
    await inject('kill', 'web-3');
    await expectExit(0, ['fault', 'recover'], at);
    const doctor = await served(['story', 'doctor'], at);
    expect(doctor.stdout).to.match(/identity .*may not look at the namespace kube-system/);
    expect(doctor.stdout).to.match(/may not list nodes \(.*\), patch nodes \(cordon and drain\)\./);
  });
});
