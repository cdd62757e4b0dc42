/** What is refused before a run has begun leaves no trace: no folder, no run, no service that was started for it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { marked } from '../fixtures/process/stack.ts';
import { expectExit, type Folder, makeFolder, refusalOf } from './cli.ts';
import { servedExit } from './served.ts';

const STORY = `name: shop
engine: process
protect: [db]
services: { web: { command: [sleep, "600"] }, db: { command: [sleep, "600"] } }
chapters:
  - title: One
`;
/** No engine is there. */
const AWAY = { DOCKER_HOST: 'unix:///nonexistent/docker.sock' };

describe('a first command that is refused', () => {
  let folder: Folder;
  before(() => {
    folder = makeFolder({
      'gameday.yaml': STORY,
      'compose.yaml': 'services: { web: { image: busybox } }\n',
    });
  });
  after(() => folder?.cleanup());

  const REFUSED: [args: string, exit: number, code: string][] = [
    ['fault inject kill nope', 5, 'no_target'],
    ['fault inject kill web-7', 5, 'no_target'],
    ['fault inject kill db', 4, 'protected'],
    ['fault inject drain', 4, 'unsupported_target'],
    ['workload start', 2, 'unsupported_stack'],
    ['workload start --foreground', 2, 'unsupported_stack'],
    ['chapter back', 4, 'no_run'],
    ['chapter retry --wait', 4, 'no_run'],
    ['fault inject kill web --engine compose --story none.yaml', 2, 'story_not_found'],
  ];
  for (const [args, exit, code] of REFUSED) {
    it(`gameday ${args}`, async () => {
      const ended = await expectExit(exit, [...args.split(' '), '--json'], { cwd: folder.path });
      expect(refusalOf(ended).code).to.equal(code);
      expect(readdirSync(folder.path)).to.have.members(['gameday.yaml', 'compose.yaml']);
      expect(marked(folder.path), 'no service was started').to.deep.equal([]);
    });
  }

  for (const args of ['fault inject kill web', 'chapter next', 'workload start']) {
    it(`gameday ${args}, where no engine is there`, async () => {
      const bare = makeFolder({ 'compose.yaml': 'services: { web: { image: busybox } }\n' });
      try {
        const ended = await expectExit(6, [...args.split(' '), '--json'], {
          cwd: bare.path,
          env: AWAY,
        });
        expect(refusalOf(ended).code).to.equal('engine_unreachable');
        expect(readdirSync(bare.path)).to.deep.equal(['compose.yaml']);
      } finally {
        await bare.cleanup();
      }
    });
  }

  it('begins no other run after one that is over, and one after that does', async () => {
    const at = { cwd: folder.path };
    const runs = () => readdirSync(join(folder.path, '.gameday', 'runs'));
    await servedExit(0, ['chapter', 'next'], at);
    await servedExit(0, ['chapter', 'reset'], at);
    await expectExit(5, ['fault', 'inject', 'kill', 'nope'], at);
    expect(runs()).to.deep.equal(['r1']);
    expect(marked(folder.path)).to.deep.equal([]);

    // With a run under way the run's own look decides, as ever.
    const injected = ['fault', 'inject', 'pause', 'web', '--countdown', '0', '--json'];
    expect((await expectExit(0, injected, at)).json).to.have.nested.property('fault.id', 'f1');
    expect(runs()).to.deep.equal(['r1', 'r2']);
    const journal = readFileSync(join(folder.path, '.gameday/runs/r2/journal.ndjson'), 'utf8');
    await expectExit(5, ['fault', 'inject', 'kill', 'nope', '--countdown', '0'], at);
    expect(readFileSync(join(folder.path, '.gameday/runs/r2/journal.ndjson'), 'utf8')).to.equal(
      journal,
    );
    expect(existsSync(join(folder.path, '.gameday/runs/r3'))).to.equal(false);
  });
});
