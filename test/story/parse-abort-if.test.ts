import { expect } from 'chai';
import { describe, it } from 'mocha';
import { OWN_CATALOGUE } from '../../src/app/catalogue.ts';
import { parseStory } from '../../src/story/file/parse.ts';

const LOAD = 'workload: { kind: http, url: "http://127.0.0.1/" }\n';
const parse = (text: string) =>
  parseStory(`${text}chapters: [{ title: A }]\n`, {
    path: 'gameday.yaml',
    folder: '/x',
    catalogue: OWN_CATALOGUE,
  });
const conditions = (items: string) => {
  const result = parse(`${LOAD}abort_if: ${items}\n`);
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  return result.story.abort_if;
};
const problem = (text: string) => {
  const result = parse(text);
  const [first, ...rest] = 'problems' in result ? result.problems : [];
  expect(rest, text).to.deep.equal([]);
  return first;
};

describe('abort_if, as a story writes it', () => {
  it('is a list of conditions, each with how long it has to hold', () => {
    expect(
      conditions(
        '[{ errors: "> 20%" }, { throughput: "< 20% of baseline", for: 5s }, { throughput: "<= 50/s" }, { p99: "> 2s", for: 500ms }]',
      ),
    ).to.deep.equal([
      {
        on: 'workload',
        threshold: { measure: 'errors', operator: '>', value: 20, unit: '%', text: '> 20%' },
        for_ms: 3000,
        text: 'errors > 20% for 3s',
      },
      {
        on: 'workload',
        threshold: {
          measure: 'throughput',
          operator: '<',
          value: 20,
          unit: '% of baseline',
          text: '< 20% of baseline',
        },
        for_ms: 5000,
        text: 'throughput < 20% of baseline for 5s',
      },
      {
        on: 'workload',
        threshold: {
          measure: 'throughput',
          operator: '<=',
          value: 50,
          unit: 'ops/s',
          text: '<= 50/s',
        },
        for_ms: 3000,
        text: 'throughput <= 50/s for 3s',
      },
      {
        on: 'workload',
        threshold: { measure: 'p99', operator: '>', value: 2000, unit: 'ms', text: '> 2s' },
        for_ms: 500,
        text: 'p99 > 2s for 500ms',
      },
    ]);
    expect(conditions('[]')).to.deep.equal([]);
  });

  it('is never the wrong way round: that would end what is well', () => {
    for (const item of [
      'errors: "< 20%"',
      'throughput: "> 20% of baseline"',
      'p99: "<= 2s"',
      'errors: "20%"',
    ]) {
      expect(problem(`${LOAD}abort_if: [{ ${item} }]\n`)?.message, item).to.include(
        'expected a threshold such as',
      );
    }
  });

  it('has one condition an item', () => {
    expect(problem(`${LOAD}abort_if: [{ errors: "> 20%", p99: "> 2s" }]\n`)).to.include({
      hint: 'Make a list item of each.',
    });
    expect(problem(`${LOAD}abort_if: [{ for: 3s }]\n`)?.message).to.equal(
      'needs one of throughput, errors, p99',
    );
    expect(problem(`${LOAD}abort_if: [{ error: "> 20%" }]\n`)).to.include({
      message: 'unknown key "error"',
      hint: 'Did you mean "errors"?',
    });
    expect(problem(`${LOAD}abort_if: [{ errors: "> 20%", for: 100ms }]\n`)?.message).to.include(
      'between 500ms and 5m',
    );
  });

  it('needs a workload that is measured', () => {
    expect(problem('abort_if: [{ errors: "> 20%" }]\n')).to.deep.include({
      line: 1,
      column: 14,
      message: 'the story has no workload, so that this can never hold',
    });
    expect(
      problem('workload: { kind: simulated }\nabort_if: [{ errors: "> 20%" }]\n')?.message,
    ).to.include('a simulated workload measures nothing');
  });
});

describe('an objective, as a story writes it', () => {
  const objective = (text: string) => {
    const result = parse(`steady_state: [{ objective: ${text} }]\n`);
    return 'story' in result ? result.story.steady_state.objective : result.problems[0]?.message;
  };

  it('is a share over a time', () => {
    const day = 86_400_000;
    expect(objective('99.9% over 30d')).to.deep.equal({
      text: '99.9% over 30d',
      share: 0.999,
      period_ms: 30 * day,
    });
    expect(objective('99% over 4w')).to.deep.include({ period_ms: 28 * day });
    expect(objective('95.25% over 12h')).to.deep.include({ share: 0.9525, period_ms: day / 2 });
  });

  it('leaves something that may fail, over a time that is some', () => {
    for (const text of ['100% over 30d', '99.9%', '99.9% over 30', '"0.999 over 30d"'])
      expect(objective(text), text).to.include('99.9% over 30d');
    expect(objective('99.9% over 0d')).to.include('longer than nothing');
  });

  it('is given once', () => {
    const twice = problem(
      'steady_state: [{ objective: 99% over 1d }, { objective: 99% over 1d }]\n',
    );
    expect(twice?.message).to.equal('objective stands in steady_state[0] already');
  });
});
