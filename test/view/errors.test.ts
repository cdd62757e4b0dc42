import { expect } from 'chai';
import { describe, it } from 'mocha';
import { CODES, type Problem } from '../../src/terms/outcomes.ts';
import { renderError } from '../../src/view/errors.ts';
import { spellNext } from '../../src/view/spelling.ts';

const report = (message: string, next: string, problems?: Problem[]) => ({
  code: 'no_target' as const,
  message,
  next,
  exit: CODES.no_target.exit,
  ...(problems && { problems }),
});

describe('view: errors', () => {
  it('says what was refused and what to type next', () => {
    expect(
      renderError(report('redis-2 is held by the live fault f1.', 'fault recover f1'), {
        bin: 'gameday',
        separator: ' ',
      }),
    ).to.deep.equal(['redis-2 is held by the live fault f1.', 'Next: `gameday fault recover f1`']);
  });

  it('spells commands as the host does', () => {
    expect(spellNext('fault recover f1 --within 2m', { bin: 'heroku', separator: ':' })).to.equal(
      'Next: `heroku fault:recover f1 --within 2m`',
    );
    expect(
      spellNext('fault recover f1 --close "removed: by hand"', { bin: 'sf', separator: ' ' }),
    ).to.equal('Next: `sf fault recover f1 --close "removed: by hand"`');
    expect(spellNext('chapter:next --help', { bin: 'heroku', separator: ':' })).to.equal(
      'Next: `heroku chapter:next --help`',
    );
    expect(spellNext('fault inject kill  --yes', { bin: 'gameday', separator: ' ' })).to.equal(
      'Next: `gameday fault inject kill --yes`',
    );
  });

  it('leaves sentences as they are, but for commands of ours in them', () => {
    expect(spellNext('Choose another service.', { bin: 'gameday', separator: ' ' })).to.equal(
      'Choose another service.',
    );
    expect(
      spellNext('End it with `chapter reset` or use another --state-dir.', {
        bin: 'heroku',
        separator: ':',
      }),
    ).to.equal('End it with `heroku chapter:reset` or use another --state-dir.');
    expect(
      spellNext('Did you mean `fault inject kill`?', { bin: 'gameday', separator: ' ' }),
    ).to.equal('Did you mean `gameday fault inject kill`?');
    expect(
      spellNext('Start it with `docker compose up -d`, or mend `services.api` in the story.', {
        bin: 'gameday',
        separator: ' ',
      }),
    ).to.equal('Start it with `docker compose up -d`, or mend `services.api` in the story.');
    expect(spellNext('Story files are YAML.', { bin: 'gameday', separator: ' ' })).to.equal(
      'Story files are YAML.',
    );
  });

  it('says nothing about a next step where there is none', () =>
    expect(renderError(report('No.', ''), { bin: 'gameday', separator: ' ' })).to.deep.equal([
      'No.',
    ]));

  it('lists every problem of a story with as much of its place as is known, and its hint', () => {
    const problems = [
      {
        line: 3,
        column: 5,
        path: 'chapters[0].titel',
        message: 'unknown key "titel"',
        hint: 'Did you mean title?',
      },
      { line: 12, column: 0, path: '', message: 'no chapters', hint: null },
      { line: 0, column: 0, path: 'engine', message: 'not an engine', hint: null },
      {
        file: 'gameday.yaml',
        line: 7,
        column: 1,
        path: '',
        message: 'a \u001b[2Jtab',
        hint: 'Use spaces.',
      },
    ];
    expect(
      renderError(report('gameday.yaml has 4 problems.', 'story check', problems), {
        bin: 'gameday',
        separator: ' ',
      }),
    ).to.deep.equal([
      'gameday.yaml has 4 problems.',
      '  3:5 chapters[0].titel: unknown key "titel" (Did you mean title?)',
      '  12 no chapters',
      '  engine: not an engine',
      '  gameday.yaml:7:1 a tab (Use spaces.)',
      'Next: `gameday story check`',
    ]);
  });

  it('keeps the line breaks of a message and nothing else that a terminal acts on', () => {
    const lines = renderError(
      report(
        'Missing 1 required arg:\nkind  \u001b[31mkind\u001b[0m of fault\n',
        'fault inject \u001b[2J--help',
      ),
      { bin: 'gameday', separator: ' ' },
    );
    expect(lines).to.deep.equal([
      'Missing 1 required arg:',
      'kind  kind of fault',
      'Next: `gameday fault inject --help`',
    ]);
  });
});
