/** Network and http faults as a user types them, on local processes: what they do is felt from outside, and nothing is left of them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { ask } from '../engine/proxy-clients.ts';
import { expectExit, type Folder, makeFolder, pids, processStory, start, until } from './cli.ts';
import { killWatchdog } from './watchdog.ts';

const inject = (...args: string[]) => ['fault', 'inject', ...args, '--countdown', '0'];

describe('network faults on a stack of local processes', () => {
  let folder: Folder;
  let port: number;
  const at = () => ({ cwd: folder.path });
  const run = (code: number, ...args: string[]) => expectExit(code, args, at());
  const feel = () => ask(port, { path: '/healthz', withinMs: 3000 });

  beforeEach(async () => {
    const story = await processStory('  - { title: Welcome }\n  - { title: More }\n');
    port = Number(/web: .* port: (\d+)/.exec(story)?.[1]);
    folder = makeFolder({ 'gameday.yaml': story });
    await run(0, 'chapter', 'next');
  });
  afterEach(() => folder?.cleanup());

  it('is felt, listed, overlaps, and is taken off one by one', async () => {
    const whole = pids(folder.path);
    const late = await run(0, ...inject('delay', 'web-1', '--time', '300ms'));
    expect(late.stdout).to.include('f1: delayed web-1');
    await run(0, ...inject('http', 'web-1', '--status', '500', '--path', '/heal'));
    const felt = await feel();
    expect(felt.end).to.equal(500);
    expect(felt.ms).to.be.above(295);
    expect((await ask(port + 1, { path: '/healthz' })).end, 'its neighbour').to.equal(200);
    const { faults } = (await run(0, 'fault', 'list', '--json')).json;
    expect(faults.map((fault: any) => [fault.kind, fault.drift[0].finding])).to.deep.equal([
      ['delay', 'in_force'],
      ['http', 'in_force'],
    ]);
    expect(faults[0].deadline).to.be.a('string');
    await run(0, 'fault', 'recover', 'f1');
    const after = await feel();
    expect(after.end).to.equal(500);
    expect(after.ms).to.be.below(250);
    await run(0, 'fault', 'recover');
    expect((await feel()).end).to.equal(200);
    expect(pids(folder.path)).to.deep.equal(whole);
  });

  it('is lifted at its limit though command and watchdog are dead', async () => {
    await run(0, ...inject('delay', 'web-1', '--time', '500ms', '--duration', '4s'));
    await killWatchdog(folder.path);
    expect((await feel()).ms).to.be.above(495);
    await until('it is lifted', async () => (await feel()).ms < 250);
    await run(0, 'fault', 'recover');
    expect((await run(0, 'fault', 'list')).stdout).to.equal('No fault is live.\n');
  });

  it('a command that is killed in the middle leaves nothing that cannot be recovered', async () => {
    for (const afterMs of [200, 350, 500, 700]) {
      const started = start(inject('delay', 'web-1', '--time', '300ms'), at());
      await delay(afterMs);
      started.child.kill('SIGKILL');
      await started.ended;
      await run(0, 'fault', 'recover', '--wait');
      const { faults } = (await run(0, 'fault', 'list', '--json')).json;
      expect(faults).to.deep.equal([]);
      expect((await feel()).ms, `${afterMs} ms`).to.be.below(250);
    }
  });

  it('what cannot be had is refused before anything happens', async () => {
    for (const [args, why] of [
      [['partition', 'web-1', '--from', 'keeper'], /clients on one machine cannot be told apart/],
      [['loss', 'web-1', '--share', '10%', '--port', '1'], new RegExp(`goes through port ${port}`)],
      [['dns', 'web-1'], /asks the names of this machine/],
      [['cpu', 'web-1', '--cores', '0.5'], /a limit takes a control group of its own/],
      [['files', 'web-1', '--path', '/tmp/x'], /its files are those of this machine/],
      [['io', 'web-1', '--path', '/tmp'], /it shares the disks of this machine/],
    ] as const) {
      expect((await run(4, ...inject(...args))).stderr).to.match(why);
      expect((await run(4, ...inject(...args), '--dry-run')).stdout).to.match(why);
    }
    expect((await feel()).end).to.equal(200);
  });

  it('a service that takes no port from PORT works as before, and says why nothing stands before it', async () => {
    await run(0, 'chapter', 'reset');
    const story = readFileSync(join(folder.path, 'gameday.yaml'), 'utf8');
    const server = `require('node:http').createServer((_, answer) => answer.end('well')).listen(${port}, '127.0.0.1')`;
    const command = JSON.stringify([process.execPath, '-e', server]);
    folder.write(
      'gameday.yaml',
      story.replace(
        / {2}web: .*/,
        `  web: { command: ${command}, port: ${port}, health: { http: / } }`,
      ),
    );
    await run(0, 'chapter', 'next');
    expect((await feel()).body).to.equal('well');
    const refused = await run(4, ...inject('delay', 'web-1', '--time', '1s'));
    expect(refused.stderr).to.match(/does not listen on the port \d+ that it was given as PORT/);
  });
});
