import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { afterEach, before, beforeEach, describe, it } from 'mocha';
import { askBash, askFish, hasShell, spec } from './shells.ts';

let cwd: string;

function write(name: string, text: string): void {
  mkdirSync(dirname(join(cwd, name)), { recursive: true });
  writeFileSync(join(cwd, name), text);
}

const COMPOSE = `# services: not these
name: shop
x-common: &common
  restart: always
services:
  redis:
    image: redis
    environment:
      services: no
  "web": &web
    <<: *common
    command: |
      api:
        sleep
  my.db: { image: db }\r

volumes:
  data: {}
`;

beforeEach(() => {
  cwd = realpathSync(mkdtempSync(join(tmpdir(), 'gameday-completion-')));
});
afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

/** Each line with what is offered for it. */
function check(
  cases: Record<string, string[]>,
  options: { spec?: ReturnType<typeof spec>; env?: NodeJS.ProcessEnv } = {},
): void {
  const lines = Object.keys(cases);
  const offered = askBash(lines, { cwd, ...options });
  expect(Object.fromEntries(lines.map((line, index) => [line, offered[index]]))).to.deep.equal(
    cases,
  );
}

const FLAGS = [
  '--story',
  '--compose-file',
  '--engine',
  '--state-dir',
  '--json',
  '--yes',
  '--count',
  '--help',
];

describe('completion: what is offered', () => {
  before(function () {
    if (!hasShell('bash')) this.skip();
  });

  it('topics, commands and flags, each where it can stand', () => {
    check({
      'gameday ': ['fault', 'chapter', 'story', 'help'],
      'gameday f': ['fault'],
      'gameday fault ': ['inject', 'recover'],
      'gameday fault r': ['recover'],
      'gameday   fault   i': ['inject'],
      'gameday fault inject -': [...FLAGS, '-s', '-y', '-c'],
      'gameday fault inject --': FLAGS,
      'gameday fault inject --co': ['--compose-file', '--count'],
      'gameday fault inject --yes --json --': [
        '--story',
        '--compose-file',
        '--engine',
        '--state-dir',
        '--count',
        '--help',
      ],
      'gameday fault inject -y --y': [],
      'gameday fault inject --compose-file a --comp': ['--compose-file'],
      'gameday fault inject kill redis ': FLAGS,
      'gameday fault inject -- --': [],
      'gameday help fault ': ['inject', 'recover'],
      'gameday help fault inject ': [],
      'gameday nothing ': [],
      'gameday fault nothing ': [],
    });
  });

  it('the values of arguments and flags, also after `=` and behind other words', () => {
    check({
      'gameday fault inject ': ['kill', 'pause'],
      'gameday fault inject k': ['kill'],
      'gameday fault inject --engine ': ['compose', 'process'],
      'gameday fault inject --engine=': ['compose', 'process'],
      'gameday fault inject --engine=p': ['process'],
      'gameday fault inject --engine process p': ['pause'],
      'gameday fault inject --engine=process -y p': ['pause'],
      'gameday fault inject --count 3 k': ['kill'],
      'gameday fault inject -c 3 k': ['kill'],
      'gameday fault inject -c3 k': ['kill'],
      'gameday fault inject -yc 3 k': ['kill'],
      'gameday fault inject --count ': [],
      'gameday fault inject kill --engine c': ['compose'],
    });
  });

  it('ids with colons: whole, and topics without a space after them', () => {
    const host = spec({ separator: ':' });
    check(
      {
        'gameday ': ['fault:', 'chapter:', 'story:'],
        'gameday f': ['fault:'],
        'gameday fault:': ['inject', 'recover'],
        'gameday fault:in': ['inject'],
        'gameday fault:inject k': ['kill'],
        'gameday fault inject ': [],
      },
      { spec: host },
    );
    check({ 'gameday fault:in': ['inject'], 'gameday fault:inject k': ['kill'] });
  });

  it('services of a folder where no command ran yet, from the Compose file above it', () => {
    write('compose.yaml', COMPOSE);
    write('compose.override.yaml', 'services:\n    web: {}\n    extra:\n      image: x\n');
    check({
      'gameday fault inject kill ': ['redis', 'web', 'my.db', 'extra'],
      'gameday fault inject kill w': ['web'],
      'gameday story init --service ': ['redis', 'web', 'my.db', 'extra'],
      'gameday story init --service=r': ['redis'],
      'gameday fault recover ': [],
      'gameday chapter show ': [],
    });
    mkdirSync(join(cwd, 'deep/er'), { recursive: true });
    expect(askBash(['gameday fault inject kill '], { cwd: join(cwd, 'deep/er') })).to.deep.equal([
      ['redis', 'web', 'my.db', 'extra'],
    ]);
  });

  it('services of the story, of the files that it names, of those on the line, and of a Procfile', () => {
    write('Procfile', '# web: no\nweb: node web.js\njobs: node jobs.js\n');
    check({ 'gameday fault inject kill ': ['web', 'jobs'] });
    write('other.yaml', 'services:\n  other: {}\n');
    check({
      'gameday fault inject --compose-file other.yaml kill ': ['other'],
      'gameday fault inject --compose-file=other.yaml kill o': ['other'],
    });
    check({ 'gameday fault inject kill ': ['other'] }, { env: { COMPOSE_FILE: 'other.yaml' } });
    write('compose.yaml', COMPOSE);
    write(
      'gameday.yaml',
      'name: x\ncompose:\n  files:\n    - "other.yaml"\nchapters:\n  - title: services\n',
    );
    check({ 'gameday fault inject kill ': ['other'] });
    write('gameday.yaml', 'compose: { project: x, files: [ other.yaml ] }\n');
    check({ 'gameday fault inject kill ': ['other'] });
    write(
      'gameday.yaml',
      '\ufeffengine: process\nservices:\n  api: { command: x }\n  keeper:\n    command: y\nchapters: []\n',
    );
    check({ 'gameday fault inject kill ': ['api', 'keeper'] });
    write('stories/two.yaml', 'services:\n  second: { command: x }\n');
    check({
      'gameday fault inject --story stories/two.yaml kill ': ['second'],
      'gameday fault inject -s stories/two.yaml kill ': ['second'],
    });
  });

  it('what commands wrote down: services, instances, faults, chapters; from the folder that the line names', () => {
    write('.gameday/.gitignore', '*\n');
    write('.gameday/candidates/services', 'redis\nweb\n');
    write('.gameday/candidates/instances', 'redis-1\nredis-2\nweb-1\n');
    write('.gameday/candidates/faults', 'f1\nf12\n');
    write('.gameday/candidates/chapters', 'welcome\nfault-injection\n');
    write('elsewhere/candidates/faults', 'f7\n');
    write('stories/.gameday/candidates/faults', 'f8\n');
    check({
      'gameday fault inject kill ': ['redis', 'web', 'redis-1', 'redis-2'],
      'gameday fault inject kill redis-': ['redis-1', 'redis-2'],
      'gameday fault inject kill w': ['web', 'web-1'],
      'gameday fault recover ': ['f1', 'f12'],
      'gameday fault recover f12': ['f12'],
      'gameday chapter show f': ['fault-injection'],
      'gameday fault recover --state-dir elsewhere ': ['f7'],
      'gameday fault recover --state-dir=elsewhere ': ['f7'],
      'gameday fault recover --story stories/x.yaml ': ['f8'],
    });
  });

  it('the values of a flag that has a list, as commands wrote it down', () => {
    write('.gameday/.gitignore', '*\n');
    write('.gameday/candidates/runs', 'r12\nr11\n');
    const baseline = { name: 'baseline', type: 'option', helpValue: 'RATE|RUN' };
    const command = {
      id: 'workload:start',
      args: {},
      flags: { baseline },
      completions: { baseline: 'runs' },
    };
    const lines = {
      'gameday workload start --baseline ': ['r12', 'r11'],
      'gameday workload start --baseline r11': ['r11'],
    };
    check(lines, { spec: spec({ commands: [command] }) });
  });

  it('quotes what is inserted, and never runs any of it', () => {
    write('.gameday/.gitignore', '*\n');
    write(
      '.gameday/candidates/services',
      ['my service', '$(touch ran)', "it's", 'tick`touch ran`', 'esc\u001b[31m', 'a\tb', ''].join(
        '\n',
      ),
    );
    check({
      'gameday fault inject kill ': [
        'my\\ service',
        '\\$\\(touch\\ ran\\)',
        "it\\'s",
        'tick\\`touch\\ ran\\`',
      ],
      'gameday fault inject kill my\\ s': ['my\\ service'],
      'gameday fault inject kill "my s': ['my service'],
      "gameday fault inject kill 'my s": ['my service'],
      "gameday fault inject kill 'it": [],
      'gameday fault inject kill "tick': ['tick\\`touch ran\\`'],
      'gameday fault inject kill "$(': ['\\$(touch ran)'],
      'gameday fault inject "kill" "my s': ['my service'],
    });
    expect(() => rmSync(join(cwd, 'ran'))).to.throw('ENOENT');
  });

  it('files and folders where a flag or an argument wants them', () => {
    write('gameday.yaml', '');
    write('my stories/one.yml', '');
    write('notes.txt', '');
    check({
      'gameday story check g': ['gameday.yaml'],
      'gameday story check no': [],
      'gameday fault inject --story my': ['my stories'],
      'gameday fault inject --story=g': ['gameday.yaml'],
      'gameday fault inject -sg': ['-sgameday.yaml'],
      'gameday fault inject --compose-file no': ['notes.txt'],
      'gameday fault inject --state-dir no': [],
      'gameday fault inject --state-dir my': ['my stories'],
    });
  });

  it('a folder with nothing in it, and one with damaged files', () => {
    check({
      'gameday fault inject kill ': [],
      'gameday fault recover ': [],
      'gameday fault inject kill': ['kill'],
    });
    write('compose.yaml', '\u0000\u0001services\n\tservices:\n- [\nservices: nonsense\n');
    check({ 'gameday fault inject kill ': [] });
  });
});

describe('completion: in a host, with bash', () => {
  const setup = '_host() { COMPREPLY=(host "$1" "$#"); }; complete -o default -F _host gameday';

  it('hands on what is not ours to the function that was there, and keeps ours to ourselves', () => {
    const host = spec({ alone: false });
    const lines = [
      'gameday ',
      'gameday org list --',
      'gameday fault ',
      'gameday fault inject ',
      'gameday fault inject --eng',
    ];
    const offered = askBash(lines, { cwd, spec: host, setup });
    const theirs = ['host', 'gameday', '3'];
    expect(offered).to.deep.equal([theirs, theirs, theirs, ['kill', 'pause'], ['--engine']]);
  });

  it('completes by itself where nothing was there', () => {
    expect(
      askBash(['gameday ', 'gameday fault inject '], { cwd, spec: spec({ alone: false }) }),
    ).to.deep.equal([
      ['fault', 'chapter', 'story'],
      ['kill', 'pause'],
    ]);
  });
});

describe('completion: fish without a terminal', () => {
  before(function () {
    if (!hasShell('fish')) this.skip();
  });

  it('offers the same', () => {
    write('compose.yaml', COMPOSE);
    const cases: Record<string, string[]> = {
      'gameday ': ['chapter', 'fault', 'help', 'story'],
      'gameday fault ': ['inject', 'recover'],
      'gameday fault inject kill ': ['my.db', 'redis', 'web'],
      'gameday fault inject kill "w': ['web'],
      'gameday fault inject --engine=': ['--engine=compose', '--engine=process'],
      'gameday fault inject --engine p': ['process'],
      'gameday fault inject kill redis --eng': ['--engine'],
      'gameday story check c': ['compose.yaml'],
      'gameday fault inject --story=c': ['--story=compose.yaml'],
    };
    const lines = Object.keys(cases);
    const offered = askFish(lines, { cwd }).map((each) => each.sort());
    expect(Object.fromEntries(lines.map((line, index) => [line, offered[index]]))).to.deep.equal(
      cases,
    );
  });

  it('leaves the rest of a host to the host', () => {
    write('file-of-the-user', '');
    const offered = askFish(['gameday org f', 'gameday fault inject k', 'gameday fau'], {
      cwd,
      spec: spec({ alone: false }),
    });
    expect(offered).to.deep.equal([['file-of-the-user'], ['kill'], ['fault']]);
  });
});
