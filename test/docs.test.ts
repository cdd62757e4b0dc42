/** What is committed but made by a program is fresh, and what the documents say can be typed. */

import { execFileSync, spawnSync } from 'node:child_process';
import { globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  type ManifestCommand,
  renderCommands,
  renderExits,
  renderReference,
} from '../scripts/reference.ts';
import { renderEvents, renderReport, renderResults } from '../scripts/write-results.ts';
import { OWN_CATALOGUE } from '../src/app/catalogue.ts';
import { parseStory } from '../src/story/file/parse.ts';

const ROOT = dirname(import.meta.dirname);
const read = (name: string) => readFileSync(join(ROOT, name), 'utf8');
const manifest = JSON.parse(read('oclif.manifest.json')) as {
  commands: Record<string, ManifestCommand & { flags: Record<string, { char?: string }> }>;
};

describe('what is made by a program', () => {
  it('oclif.manifest.json is what the build gives', () => {
    const committed = read('oclif.manifest.json');
    const made = execFileSync(process.execPath, [join(ROOT, 'scripts', 'write-manifest.ts'), '-'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect(JSON.parse(made)).to.deep.equal(JSON.parse(committed));
  });

  it('the schemas of results, reports and events are what the schemas say, and have every command', () => {
    const text = read('gameday.results.schema.json');
    expect(text).to.equal(renderResults());
    expect(read('gameday.report.schema.json')).to.equal(renderReport());
    expect(read('gameday.events.schema.json')).to.equal(renderEvents());
    const { $defs } = JSON.parse(text) as { $defs: object };
    const ids = Object.keys(manifest.commands).map((id) => id.replace(':', '_'));
    expect($defs).to.include.all.keys(...ids, 'error');
  });

  it('docs/reference.md, and the exit codes and commands of README.md, are what the tables say', () => {
    expect(read('docs/reference.md')).to.equal(renderReference(manifest.commands));
    expect(read('docs/reference.md'), 'a template that nobody filled in').not.to.include('<%');
    expect(read('README.md')).to.include(renderExits());
    expect(read('README.md')).to.include(
      `<!-- commands -->\n${renderCommands(manifest.commands)}\n<!-- commandsstop -->`,
    );
  });
});

describe('what the documents say', () => {
  it('README.md: names the packages that are dependencies, and no other', () => {
    const [, sentence = ''] =
      /^(.*) are dependencies like any other/m.exec(read('README.md')) ?? [];
    const named = [...sentence.matchAll(/`([^`]+)`/g)].map(([, name]) => name);
    const { dependencies } = JSON.parse(read('package.json'));
    expect(named).to.have.members(Object.keys(dependencies));
  });

  const documents = globSync('{README,CONTRIBUTING,CHANGELOG}.md', { cwd: ROOT }).concat(
    globSync('{docs,examples/*}/*.md', { cwd: ROOT }),
  );

  /** Lines of shell blocks, and everything in backticks, that begin with the bin. */
  function commandsIn(text: string): string[] {
    const blocks = [...text.matchAll(/```(?:sh|bash|console)\n([\s\S]*?)```/g)].flatMap(
      ([, block]) => (block as string).split('\n'),
    );
    const quoted = [...text.matchAll(/`(gameday [^`\n]+)`/g)].map(
      ([, command]) => command as string,
    );
    return [...blocks, ...quoted].flatMap(
      (line) => /(?:^|[\s;&|("])(gameday [^;&|)"#]*)/.exec(line)?.[1]?.trim() ?? [],
    );
  }

  for (const document of documents)
    it(`${document}: every command of ours exists, with its flags`, () => {
      for (const command of commandsIn(read(document))) {
        const [, topic, verb, ...rest] = command.split(/\s+/);
        if (!topic || topic.startsWith('-') || verb === undefined) continue;
        // `chapter next|back|list`, as an overview writes it.
        for (const each of verb.replaceAll(/[`,.]/g, '').split('|')) {
          const known = manifest.commands[`${topic}:${each}`];
          expect(known, `${document}: ${command}`).not.to.equal(undefined);
          const flags = Object.entries(known?.flags ?? {}).flatMap(([name, flag]) => [
            `--${name}`,
            ...(flag.char ? [`-${flag.char}`] : []),
          ]);
          for (const word of rest.filter((part) => /^--?[a-z]/.test(part)))
            expect([...flags, '--help'], `${document}: ${command}`).to.include(word.split('=')[0]);
        }
      }
    });

  it('the story in README.md is a valid one', () => {
    const [, story] = /```yaml\n([\s\S]*?)```/.exec(read('README.md')) ?? [];
    const parsed = parseStory(story ?? '', {
      path: 'README.md',
      folder: ROOT,
      catalogue: OWN_CATALOGUE,
    });
    expect(parsed).to.have.property('story');
  });

  it('every story in docs/integrations.md is a valid one', () => {
    const blocks = [...read('docs/integrations.md').matchAll(/```yaml\n([\s\S]*?)```/g)];
    expect(blocks).to.not.have.length(0);
    for (const [, block = ''] of blocks) {
      const parsed = parseStory(block, {
        path: 'docs/integrations.md',
        folder: '/docs',
        catalogue: OWN_CATALOGUE,
      });
      expect(parsed, block).to.have.property('story');
    }
  });

  it('every workload in docs/workload.md is a valid one', () => {
    const blocks = [...read('docs/workload.md').matchAll(/```yaml\n([\s\S]*?)```/g)].map(
      ([, block]) => block as string,
    );
    expect(blocks).to.have.length.above(7);
    for (const block of blocks) {
      const parsed = parseStory(`${block}chapters: [{ title: A }]`, {
        path: 'docs/workload.md',
        folder: ROOT,
        catalogue: OWN_CATALOGUE,
      });
      expect('problems' in parsed ? parsed.problems : [], block).to.deep.equal([]);
    }
  });

  it('every example is a valid story', () => {
    for (const name of readdirSync(join(ROOT, 'examples'))) {
      for (const file of globSync('*gameday*.yaml', { cwd: join(ROOT, 'examples', name) })) {
        const parsed = parseStory(read(`examples/${name}/${file}`), {
          path: file,
          folder: join(ROOT, 'examples', name),
          catalogue: OWN_CATALOGUE,
        });
        expect(
          'problems' in parsed ? parsed.problems : [],
          `examples/${name}/${file}`,
        ).to.deep.equal([]);
      }
    }
  });

  it('links between documents lead somewhere', () => {
    for (const document of documents) {
      for (const [, target] of read(document).matchAll(/\]\((?!https?:)([^)#]+)\)/g)) {
        expect(
          () => readdirSync(join(ROOT, dirname(document), dirname(target as string))),
          `${document}: ${target}`,
        ).not.to.throw();
        expect(
          globSync(join(ROOT, dirname(document), target as string)),
          `${document}: ${target}`,
        ).not.to.deep.equal([]);
      }
    }
  });

  it('`npm run demo` shows the whole story and network faults without Docker, and leaves nothing', function () {
    this.timeout(240_000);
    const ended = spawnSync('npm', ['run', '--silent', 'demo'], {
      cwd: ROOT,
      encoding: 'utf8',
      env: { ...process.env, CI: 'true' },
    });
    expect(ended.status, ended.stderr).to.equal(0);
    for (const heading of [
      '[1/8] Welcome',
      '[4/8] Fault Injection',
      'Injecting fault in 3...',
      '[7/8] Recovery',
      '[8/8] Demo Complete',
      '[2/5] A Slow API',
      'api-1 no longer delayed',
      'api-1 no longer spoiled',
    ]) {
      expect(ended.stderr).to.include(heading);
    }
    expect(ended.stderr).to.match(/quotes-[123] killed: \d+ operations lost/);
    const left = spawnSync('pgrep', ['--full', join(ROOT, 'examples/')], {
      encoding: 'utf8',
    });
    expect(left.stdout).to.equal('');
  });
});

describe('the house', () => {
  it('has no room that is too large to take in', () => {
    const large = globSync('src/**/*.ts', { cwd: ROOT }).flatMap((file) => {
      const lines = read(file).split('\n').length - 1;
      return lines > 250 ? `${file}: ${lines}` : [];
    });
    expect(large).to.deep.equal([]);
  });

  it('says at the head of every file what the room owns', () => {
    const silent = globSync('src/**/*.ts', { cwd: ROOT }).filter(
      (file) => !file.startsWith('src/commands/') && !read(file).startsWith('/**'),
    );
    expect(silent.filter((file) => !/src\/fault\/kinds\//.test(file))).to.deep.equal([]);
  });

  it('leaves nothing for later', () => {
    const later = new RegExp(['TO', 'DO|FIX', 'ME|X', 'XX'].join(''));
    expect(
      globSync('{src,scripts,bin}/**/*.{ts,js}', { cwd: ROOT }).filter((file) =>
        later.test(read(file)),
      ),
    ).to.deep.equal([]);
  });
});
