/** A Procfile as services. Pure, but for one that is run for real. */
import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { parseProcfile } from '../../src/engine/process/procfile.ts';
import { Refusal } from '../../src/terms/outcomes.ts';

describe('parseProcfile', () => {
  it('makes a service of each line, on ports as foreman hands them out', () => {
    const services = parseProcfile(
      '\uFEFF# a comment\r\n\r\nweb: node server.js --port 80\r\nworker:   bundle exec sidekiq  \nmail_er-2: true',
      '/app',
    );
    expect(
      Object.entries(services).map(([name, { command, port }]) => [name, command, port]),
    ).to.deep.equal([
      ['web', ['node', 'server.js', '--port', '80'], 5000],
      ['worker', ['bundle', 'exec', 'sidekiq'], 5100],
      ['mail_er-2', ['true'], 5200],
    ]);
    expect(services.web).to.deep.include({
      replicas: 1,
      env: {},
      health: null,
      restart: 'no',
      working_dir: '/app',
    });
  });

  it('goes through a shell where the line needs one, and only there', () => {
    const needs = [
      'node server.js $PORT',
      'PORT=1 node server.js',
      'a && b',
      'a | b',
      'a > log',
      'echo "a b"',
      "echo 'a'",
      'ls *.js',
      'cd web',
      'exec node x',
      '~/bin/x',
      'a \\ b',
      '. env',
      'echo ä',
    ];
    for (const line of needs)
      expect(parseProcfile(`web: ${line}`, '/app').web?.command, line).to.deep.equal([
        'sh',
        '-c',
        line,
      ]);
    const plain = [
      'node server.js',
      'bin/rails server -p 3000',
      './x --flag=a,b@c:d',
      'executor run',
      'cdk x',
    ];
    for (const line of plain)
      expect(parseProcfile(`web: ${line}`, '/app').web?.command, line).to.deep.equal(
        line.split(' '),
      );
  });

  it('splits as a shell would, for any words', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9_.,:/@%+-][A-Za-z0-9_.,:/@%+=-]{0,5}$/);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), (words) => {
        const command = parseProcfile(`web: printf %s. ${words.join('  ')}`, '/').web?.command as [
          string,
          ...string[],
        ];
        const split = spawnSync(command[0], command.slice(1), { encoding: 'utf8' }).stdout;
        const shell = spawnSync('sh', ['-c', `printf %s. ${words.join(' ')}`], {
          encoding: 'utf8',
        }).stdout;
        expect(split).to.equal(shell);
      }),
      { numRuns: 25 },
    );
  });

  it('names every line that is wrong', () => {
    try {
      parseProcfile('web: a\nno colon\nweb: b\n: c\nempty:\n', '/app');
      expect.fail('expected a refusal');
    } catch (error) {
      expect(error).to.be.instanceOf(Refusal).with.property('code', 'invalid_story');
      expect(
        (error as Refusal).problems.map(({ line, message }) => `${line}: ${message}`),
      ).to.deep.equal([
        '2: this is not a line of the form `name: command`',
        '3: there is a process web already',
        '4: this is not a line of the form `name: command`',
        '5: this is not a line of the form `name: command`',
      ]);
    }
  });

  it('refuses one that names nothing', () => {
    for (const text of ['', '\n# only this\n'])
      expect(() => parseProcfile(text, '/app'))
        .to.throw(Refusal)
        .with.nested.property('problems[0].line', 1);
  });

  it('takes or refuses any text, and never breaks', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom(...'web1:  \n\r\t#\'"\\$=_-.\0ä\ud83d\u2028'),
          maxLength: 60,
        }),
        (text) => {
          try {
            for (const { command } of Object.values(parseProcfile(text, '/app')))
              expect(command.every((word) => typeof word === 'string' && word !== '')).to.equal(
                true,
              );
          } catch (error) {
            expect(error).to.be.instanceOf(Refusal);
          }
        },
      ),
    );
  });
});
