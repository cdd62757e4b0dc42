/** Two game days on one stack, as of two machines: the second one is refused, and neither is in the way of a recovery. */
import { request } from 'node:http';
import { json } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { expectExit, foldersOfATest, gameday } from '../commands/cli.ts';
import { STORY, swarmStage } from './stage.ts';

const DIE = fileURLToPath(new URL('./die.mjs', import.meta.url));
const NAME = 'gameday-shop';

describe('two game days on one stack of a swarm', function () {
  this.timeout(150_000);
  const stage = swarmStage();
  const { options, run, inject } = stage;
  const make = foldersOfATest(async (cwd) => {
    await gameday(['chapter', 'reset'], { cwd, env: stage.cluster.env });
  });
  /** Somebody else, who has a story and so a state folder of their own. */
  const other = () => {
    const { path: cwd } = make({ 'gameday.yaml': STORY });
    const at = { cwd, env: stage.cluster.env };
    const exits = (code: number, ...args: string[]) => expectExit(code, args, at);
    return { at, exits, injects: (code: number, ...args: string[]) => exits(code, ...now(args)) };
  };
  const now = (args: string[]) => ['fault', 'inject', ...args, '--countdown', '0'];
  const claims = () => stage.cluster.docker(1, 'config', 'ls', '--format', '{{.Name}}');
  const claim = async () => {
    const [one] = JSON.parse(await stage.cluster.docker(1, 'config', 'inspect', NAME));
    return one as { ID: string; Version: { Index: number }; Spec: { Labels: Labels } };
  };
  type Labels = Record<string, string>;
  /** Nothing of docker's own changes the labels of a config. */
  const relabel = async (labels: Labels) => {
    const { ID, Version, Spec } = await claim();
    const path = `/configs/${ID}/update?version=${Version.Index}`;
    const answer = await post(stage.cluster.host(1), path, { ...Spec, Labels: labels });
    expect(answer).to.equal(200);
  };

  it('keeps the second one out until the first one has recovered', async () => {
    const second = other();
    await inject('pause', 'web-1', '--duration', '5m');
    const { stderr } = await second.injects(4, 'pause', 'agent-1');
    expect(stderr).to.match(/Another game day has the stack shop: .* run .*, until /);
    expect(stderr).to.contain(`docker config rm ${NAME}`);
    const { stdout } = await second.exits(0, 'story', 'doctor', '--engine', 'swarm');
    expect(stdout).to.match(/claim .* has the stack, until/);
    // Its own run goes on, and the claim lasts as long as what has no end.
    const { 'gameday.since': since } = (await claim()).Spec.Labels;
    await inject('pause', 'agent-1');
    const labels = (await claim()).Spec.Labels;
    expect(labels['gameday.since']).to.equal(since);
    expect(Date.parse(labels['gameday.until'] ?? '') - Date.now()).to.be.above(3_600_000);
    await run(0, 'fault', 'recover', 'f1');
    expect(await claims()).to.equal(NAME);
    await run(0, 'fault', 'recover');
    expect(await claims()).to.equal('');
    await second.injects(0, 'pause', 'agent-1');
    await second.exits(0, 'fault', 'recover');
    expect(await claims()).to.equal('');
  });

  it('lets exactly one of several have it that begin at the same moment', async () => {
    const all = [other(), other(), other()];
    const ends = await Promise.all(
      all.map(({ at }, index) => gameday(now(['pause', `agent-${index + 1}`, '--json']), at)),
    );
    const said = ends.map(({ code, json: { error } }) => (code === 0 ? 'done' : error.code));
    expect(said.sort()).to.deep.equal(['done', 'stack_claimed', 'stack_claimed']);
    for (const { exits } of all) await exits(0, 'fault', 'recover');
    expect(await claims()).to.equal('');
  });

  it('leaves nothing of one that was refused', async () => {
    await run(5, ...now(['kill', 'nobody']));
    expect(await claims()).to.equal('');
  });

  it('is let go by a recovery of the folder whose command was killed before its fault', async () => {
    const at = options({ GAMEDAY_DIE_ON: '/configs', GAMEDAY_DIE_WHEN: 'answered' });
    const dead = await gameday(now(['pause', 'web-1']), { ...at, node: ['--import', DIE] });
    expect(dead.signal).to.equal('SIGKILL');
    expect(await claims()).to.equal(NAME);
    const second = other();
    await second.injects(4, 'pause', 'agent-1');
    await run(0, 'fault', 'recover');
    expect(await claims()).to.equal('');
    await second.injects(0, 'pause', 'agent-1');
    await second.exits(0, 'fault', 'recover');
  });

  it('is over at its time where the machine died, which recovers even then', async () => {
    const second = other();
    await inject('pause', 'web-1');
    await second.injects(4, 'pause', 'agent-1');
    const { Labels } = (await claim()).Spec;
    await relabel({ ...Labels, 'gameday.until': new Date(Date.now() - 1000).toISOString() });
    await second.injects(0, 'pause', 'agent-1');
    const holder = (await claim()).Spec.Labels['gameday.holder'];
    expect(holder).to.contain(second.at.cwd);
    // The rest of the stack is disturbed by the other one.
    await run(0, 'fault', 'recover', '--only-targets');
    expect((await claim()).Spec.Labels['gameday.holder']).to.equal(holder);
    await second.exits(0, 'fault', 'recover');
    expect(await claims()).to.equal('');
  });

  it('clears what one left that was killed between letting go and deleting', async () => {
    await inject('pause', 'web-1');
    const { 'gameday.holder': _, ...labels } = (await claim()).Spec.Labels;
    await relabel(labels);
    const second = other();
    await second.injects(0, 'pause', 'agent-1');
    await second.exits(0, 'fault', 'recover');
    await run(0, 'fault', 'recover');
    expect(await claims()).to.equal('');
  });
});

/** The status of the answer. */
function post(host: string, path: string, body: object): Promise<number> {
  return new Promise((resolve, reject) => {
    const socketPath = host.replace('unix://', '');
    const headers = { 'content-type': 'application/json' };
    const asked = request({ socketPath, path, method: 'POST', headers }, (response) => {
      json(response).catch(() => {});
      resolve(response.statusCode ?? 0);
    });
    asked.once('error', reject);
    asked.end(JSON.stringify(body));
  });
}
