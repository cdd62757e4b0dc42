/** Experiments of Chaos Toolkit as stories: Python functions that a program does as well, and files that are no experiment. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { parse } from 'yaml';
import { importExperiment } from '../../src/story/chaostoolkit/import.ts';

const python = (module: string, func: string, given: Record<string, unknown>) => ({
  type: 'python',
  module,
  func,
  arguments: given,
});

function methodOf(...providers: object[]): any {
  const method = providers.map((provider) => ({ type: 'action', name: 'it', provider }));
  return importExperiment({ title: 'x', configuration: { old: 'a.old' }, method });
}

describe('an experiment of Chaos Toolkit', () => {
  it('has the Python functions that programs do as well', () => {
    const { text } = methodOf(
      // biome-ignore lint/suspicious/noTemplateCurlyInString: as Chaos Toolkit names a variable
      python('os', 'rename', { src: 'a b', dst: '${old}' }),
      python('os', 'remove', { path: '-f' }),
      python('time', 'sleep', { secs: 1.5 }),
    );
    expect(parse(text).chapters[1].on_enter).to.deep.equal([
      { run: { command: ['mv', '--', 'a b', 'a.old'] } },
      { run: { command: ['rm', '--', '-f'] } },
      { wait: '1500ms' },
    ]);
  });

  it('refuses them with other arguments, and all others, by name', () => {
    for (const [module, func, given] of [
      ['os', 'rename', { src: 'a' }],
      ['os', 'remove', { path: 'a', dir_fd: 3 }],
      ['shutil', 'rmtree', { path: 'a' }],
    ] as const) {
      const { isExperiment, problems } = methodOf(python(module, func, given));
      expect(isExperiment).to.equal(true);
      expect(problems).to.deep.equal([
        `"it": the Python function ${module}.${func} has no counterpart here`,
      ]);
    }
  });

  for (const [value, why] of [
    [[1], '"title" is missing'],
    ['text', 'expected a mapping, got "text"'],
    [null, 'expected a mapping, got null'],
    [{ services: {} }, '"title" is missing'],
    [{ title: 'x', method: 'y' }, 'method: expected array, got "y"'],
  ] as const)
    it(`is not ${JSON.stringify(value)}`, () => {
      const made = importExperiment(value);
      expect(made).to.deep.equal({ isExperiment: false, problems: [why] });
    });
});
