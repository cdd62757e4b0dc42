/** What people get wrong: each a refusal with a code and a next step, and nothing begun or changed. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { hasTmux, Terminal } from '../view/terminal.ts';
import {
  BIN,
  expectExit,
  type Folder,
  gameday,
  makeFolder,
  refusalOf,
  startProgram,
} from './cli.ts';

describe('bad input: flags and arguments', () => {
  let folder: Folder;
  before(() => {
    folder = makeFolder({ Procfile: 'web: sleep 600\n' });
  });
  after(() => folder?.cleanup());

  const BAD: [args: string, words: RegExp, code?: string][] = [
    ['chapter next --nope', /Nonexistent flag: --nope/],
    ['fault inject', /KIND is missing: kind of fault: kill, stop, pause, crash/],
    ['fault inject kill web extra', /Unexpected argument: extra/],
    ['fault inject kill web --countdown 61s', /at most 1m, but received: 61s/],
    ['fault inject kill web --countdown soon', /Expected a duration such as 3s/],
    ['fault inject kill web --duration 1ms', /at least 100ms, but received: 1ms/],
    ['fault inject kill web --count 0', /a share such as 50%, or all, but received: 0/],
    ['fault inject kill web --overrule all', /one of: protected, last_healthy/],
    ['fault inject kill web --count 2 --all', /cannot also be provided/],
    ['chapter next --seed=-1', /greater than or equal to 0/],
    ['chapter next --engine k8s', /one of: compose, swarm, kubernetes, process/],
    ['chapter next --story nope.yaml', /nope\.yaml cannot be read: ENOENT/, 'story_not_found'],
    ['chapter next --story .', /cannot be read: EISDIR/, 'story_not_found'],
    [
      'chapter next --compose-file nope.yaml',
      /There is no Compose file .*nope\.yaml/,
      'unsupported_stack',
    ],
    ['fault inject kil web', /There is no fault of kind "kil"/, 'unknown_kind'],
  ];
  for (const [args, words, code = 'usage'] of BAD) {
    it(`gameday ${args}`, async () => {
      const at = { cwd: folder.path };
      // One after the other: some of them take the lock before they find out.
      const text = await expectExit(2, args.split(' '), at);
      const json = await expectExit(2, [...args.split(' '), '--json'], at);
      expect(text.stderr)
        .to.match(words)
        .and.match(/`gameday [a-z]+ [a-z]|--compose-file/, 'the next step');
      expect(text.stderr, 'not called a bug').not.to.match(/Please report|at .*\.js:\d/);
      expect(text.stdout).to.equal('');
      const error = refusalOf(json);
      expect(error.code).to.equal(code);
      expect(error.message).to.match(words);
      expect(existsSync(join(folder.path, '.gameday')), 'nothing was begun').to.equal(false);
    });
  }
});

describe('bad input: the story file', () => {
  const GOOD =
    'name: shop\nengine: process\nservices: { web: { command: [sleep, "600"] } }\nchapters:\n  - title: One\n';
  let folder: Folder;
  before(() => {
    folder = makeFolder({ 'gameday.yaml': GOOD });
  });
  after(() => folder?.cleanup());

  const BAD: [name: string, text: string | Buffer, where: RegExp][] = [
    [
      'an unknown key',
      GOOD.replace('title: One', 'titel: One'),
      /^ {2}gameday\.yaml:5:5 chapters\[0\]\.titel: .*\btitle\b/m,
    ],
    [
      'a wrong type',
      GOOD.replace('[sleep, "600"]', '7'),
      /gameday\.yaml:3:\d+ services\.web\.command/,
    ],
    ['ids that are the same', `${GOOD}  - title: One\n`, /gameday\.yaml:6:\d+ .*one/],
    [
      'an empty list of chapters',
      GOOD.replace(/chapters:[\s\S]*/, 'chapters: []\n'),
      /gameday\.yaml:4:\d+ chapters/,
    ],
    ['tabs', GOOD.replace('  - title', '\t- title'), /gameday\.yaml:5:\d+ .*tab/i],
    [
      'a binary file',
      Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 97) % 256)),
      /gameday\.yaml:1:\d+/,
    ],
    ['10 MB', `${GOOD}${'# nothing\n'.repeat(1024 * 1024)}`, /too large for a story/],
    ['nothing', '', /gameday\.yaml/],
  ];
  for (const [name, text, where] of BAD) {
    it(`${name}: is refused with file, line and column`, async () => {
      writeFileSync(join(folder.path, 'gameday.yaml'), text);
      const at = { cwd: folder.path };
      const [said, json] = await Promise.all([
        expectExit(2, ['chapter', 'next'], at),
        expectExit(2, ['chapter', 'next', '--json'], at),
      ]);
      expect(said.stderr)
        .to.match(where)
        .and.match(/`gameday story check`/);
      const error = refusalOf(json);
      expect(error).to.include({ code: 'invalid_story', next: 'story check' });
      expect(error.problems?.[0]).to.include.keys(
        'file',
        'line',
        'column',
        'path',
        'message',
        'hint',
      );
      expect(existsSync(join(folder.path, '.gameday'))).to.equal(false);
    });
  }

  it('takes a BOM, anchors and merge keys as they are', async () => {
    const text = GOOD.replace(
      /services:.*/,
      'x-base: &base { command: [sleep, "600"] }\nservices: { web: { <<: *base }, other: *base }',
    ).replaceAll('\n', '\r\n');
    folder.write('gameday.yaml', `\uFEFF${text}`);
    expect((await expectExit(0, ['chapter', 'list'], { cwd: folder.path })).stdout).to.match(
      /\[1\/1\] One/,
    );
    expect(
      (await expectExit(0, ['fault', 'inject', 'kill', 'other', '--dry-run'], { cwd: folder.path }))
        .stdout,
    ).to.match(/target: other-1/);
  });
});

describe('colour', () => {
  it('is never sent to a pipe, and not to a terminal either with NO_COLOR or CI', async function () {
    const folder = makeFolder({ Procfile: 'one: sleep 600\ntwo: sleep 600\nthree: sleep 600\n' });
    try {
      const at = { cwd: folder.path };
      for (const args of [
        ['chapter', 'next'],
        ['chapter', 'list'],
        ['fault', 'inject', 'nope'],
        ['fault', 'list', '--help'],
      ]) {
        const { stdout, stderr } = await gameday(args, at);
        expect(stdout + stderr, args.join(' ')).not.to.include('\u001b');
      }
      if (!hasTmux) return this.skip();
      for (const [variable, hasColour] of [
        ['NOTHING', true],
        ['NO_COLOR', false],
        ['CI', false],
      ] as const) {
        const terminal = new Terminal();
        try {
          const plain = `env -u NO_COLOR -u CI ${variable}=1 '${process.execPath}' '${BIN}'`;
          await terminal.start(`cd '${folder.path}'; ${plain} fault inject pause --countdown 0`, {
            columns: 100,
            rows: 30,
          });
          await terminal.ended();
          expect(
            // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
            /\u001b\[(?:\d+;)*(?:3[1-7]|9[0-7]|2)m/.test(terminal.written()),
            variable,
          ).to.equal(hasColour);
        } finally {
          await terminal.close();
        }
      }
    } finally {
      await folder.cleanup();
    }
  });

  it('a folder that was removed under the shell is told as that, not as a bug', async () => {
    const folder = makeFolder({});
    for (const command of [
      'fault list --json',
      'story doctor --json',
      'fault inject kill --json',
    ]) {
      const script = `mkdir gone && cd gone && rmdir ../gone && '${process.execPath}' '${BIN}' ${command}`;
      const { ended } = startProgram('sh', ['-c', script], { cwd: folder.path });
      const { code, json } = await ended;
      expect(json.error).to.include({ code: 'usage', exit: 2 });
      expect(json.error.message, command).to.match(/folder that this shell stands in was removed/);
      expect(code, command).to.equal(2);
    }
    await folder.cleanup();
  });
});
