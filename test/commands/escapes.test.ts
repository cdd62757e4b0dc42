/**
 * Kind of mistake: text from outside is cleaned where somebody remembered. A label, a container's name, a log line and a
 * story that hold escape sequences, a newline and marks that turn the reading order come out harmless in every output.
 */
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { testDocker } from '../docker/docker.ts';
import { type Folder, gameday, makeFolder } from './cli.ts';

const EVIL = 'we\u001b]0;owned\u0007b\nx\u200f\u202ey\u009b2J';
const STORY = `
name: shop
workload: { kind: simulated, baseline: 100 }
chapters:
  - { title: "T\\e[2Jitle \\u202e", narration: "tell\\e]0;x\\a \\u200f it\\nand more", on_enter: [ { probe: { container: all } }, { workload: start } ] }
  - { title: Break, on_enter: [ { inject: { kind: pause, countdown: 1s, seed: 1 } }, { detect: 1s }, { diagnose: true } ] }
  - { title: Recover, on_enter: [ { recover: all } ] }
  - { title: End }
`;
/** In an order in which each of them has something to say; with the exit code, where it is not 0 (null: any). */
const COMMANDS: [line: string, code?: number | null][] = [
  ['story check'],
  ['story doctor', null],
  ['chapter list'],
  ['chapter show 1'],
  ['chapter next --dry-run'],
  ['chapter next'],
  ['workload watch --for 1s'],
  ['chapter next'],
  ['fault list'],
  ['fault inject kill --dry-run', 4],
  ['fault inject kill nobody', 5],
  ['fault recover --dry-run'],
  ['chapter retry'],
  ['chapter back'],
  ['fault inject stop --countdown 1s'],
  ['fault inject kill', 4],
  ['workload stop'],
  ['workload start'],
  ['story doctor', null],
  ['fault recover'],
  ['fault list --all'],
  ['chapter play --pause 0s --countdown 0'],
  ['chapter reset'],
];

describe('text from outside, in every output', function () {
  this.timeout(120_000);
  let folder: Folder;
  let project: string;
  let docker: NonNullable<Awaited<ReturnType<typeof testDocker>>>;
  let id: string;

  before(async function () {
    const found = await testDocker();
    if (!found) return this.skip();
    docker = found;
    project = docker.project('escapes');
    folder = makeFolder({ 'gameday.yaml': STORY });
    const labels = { service: EVIL, project, 'container-number': '1', oneoff: 'False' };
    const flags = Object.entries(labels).flatMap(([key, value]) => [
      '--label',
      `com.docker.compose.${key}=${value}`,
    ]);
    const says = `printf 'a log \\033]0;owned\\007 line \\342\\200\\256\\n'; trap 'exit 0' TERM; while :; do sleep 0.1; done`;
    const image = await docker.image('busybox');
    id = await docker.docker(['run', '-d', ...flags, image, 'sh', '-c', says]);
  });
  after(async () => {
    if (id) await docker.docker(['rm', '-f', id]);
    await folder?.cleanup();
  });

  const run = (line: string, ...more: string[]) =>
    gameday([...line.split(' '), '-p', project, ...more], {
      cwd: folder.path,
      env: docker.env,
    });

  for (const json of [[], ['--json']])
    it(`is harmless${json.length > 0 ? ' with --json' : ''}`, async () => {
      for (const [line, code = 0] of COMMANDS) {
        const ended = await run(line, ...json);
        const { stdout, stderr } = ended;
        const all = `${stdout}${stderr}`;
        expect(all, line).not.to.match(/(?!\n)\p{Cc}|\p{Bidi_Control}/u);
        if (json.length > 0) JSON.parse(stdout);
        else expect(all, line).not.to.include('owned');
        if (code !== null) expect(ended.code, `${line}: ${all}`).to.equal(code);
      }
    });
});
