/** Which signal a target gets, and how long it has to end, on real containers that answer each signal in a way of their own. */
import { expect } from 'chai';
import { after, afterEach, before, describe, it } from 'mocha';
import { testDocker } from '../docker/docker.ts';
import { bringUp, type Stack } from './compose-stack.ts';

const NOW = ['--countdown', '0'];

describe('signals to containers', function () {
  this.timeout(120_000);
  let stack: Stack;

  before(async function () {
    const docker = await testDocker();
    if (!docker) return this.skip();
    const run = (script: string) => ['sh', '-c', `${script} while :; do sleep 0.1; done`];
    stack = await bringUp(docker, 'signals', (image) => ({
      polite: { image, command: run("trap 'exit 3' TERM; trap 'exit 4' HUP;") },
      deaf: { image, command: run("trap '' TERM;") },
    }));
  });
  afterEach(async () => {
    if (stack) await stack.run(0, 'fault', 'recover', '--wait');
  });
  after(() => stack?.cleanup());

  /** Exit code of a container that is down. */
  const codeOf = async (label: string) => {
    const seen = (await stack.look())[label];
    expect(seen?.state).to.equal('exited');
    const format = ['--format', '{{.State.ExitCode}}'];
    return Number(await stack.docker.docker(['inspect', ...format, seen?.id as string]));
  };

  it('kill sends SIGKILL, or the one that is named', async () => {
    for (const [signal, code] of [
      [[], 137],
      [['--signal', 'TERM'], 3],
      [['--signal', 'HUP'], 4],
    ] as const) {
      await stack.run(0, 'fault', 'inject', 'kill', 'polite', ...signal, ...NOW);
      expect(await codeOf('polite-1')).to.equal(code);
      await stack.run(0, 'fault', 'recover');
    }
    await stack.run(2, 'fault', 'inject', 'kill', 'polite', '--signal', 'USR1', ...NOW);
    await stack.run(0, 'fault', 'inject', 'kill', 'polite', ...NOW);
  });

  it('stop lets a target end by itself, and kills it when its grace is over', async () => {
    await stack.run(0, 'fault', 'inject', 'stop', 'polite', '--grace', '20s', ...NOW);
    expect(await codeOf('polite-1')).to.equal(3);
    const begun = performance.now();
    await stack.run(0, 'fault', 'inject', 'stop', 'deaf', '--grace', '2s', ...NOW);
    expect(performance.now() - begun).to.be.within(2000, 9000);
    expect(await codeOf('deaf-1')).to.equal(137);
  });
});
