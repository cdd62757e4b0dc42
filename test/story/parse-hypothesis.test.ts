import { expect } from 'chai';
import { describe, it } from 'mocha';
import { OWN_CATALOGUE } from '../../src/app/catalogue.ts';
import { describeExpected } from '../../src/story/describe-hypothesis.ts';
import { parseStory } from '../../src/story/file/parse.ts';

const LOAD = 'workload: { kind: http, url: "http://127.0.0.1/" }\n';
const STEADY = 'steady_state: [ { probe: { tcp: "127.0.0.1:1", name: checkout } } ]\n';
const BREAKS = 'on_enter: [ { inject: { kind: kill, service: web } } ]';
const parse = (chapter: string, top = LOAD + STEADY) =>
  parseStory(`${top}chapters: [ { title: A, ${chapter} } ]\n`, {
    path: 'gameday.yaml',
    folder: '/x',
    catalogue: OWN_CATALOGUE,
  });
const items = (hypothesis: string) => {
  const result = parse(`hypothesis: ${hypothesis}, ${BREAKS}`);
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  return result.story.chapters[0]?.hypothesis ?? [];
};
const problem = (chapter: string, top?: string) => {
  const result = parse(chapter, top);
  const [first, ...rest] = 'problems' in result ? result.problems : [];
  expect(rest, chapter).to.deep.equal([]);
  return [first?.message, first?.hint];
};

describe('hypothesis, as a story writes it', () => {
  it('is a list of items, each of one sort', () => {
    const all = items(
      '[{ errors: "<= 1%" }, { throughput: ">= 50% of baseline" }, { p99: "<= 250ms" }, { probe: checkout }, { recovers_within: 10s }, { only: [web, cache] }]',
    );
    expect(all.map(describeExpected)).to.deep.equal([
      'errors <= 1%',
      'throughput >= 50% of baseline',
      'p99 <= 250ms',
      'probe checkout met all along',
      'recovery within 10s',
      'affected services only web, cache',
    ]);
    expect(all[0]).to.deep.equal({
      expect: 'threshold',
      threshold: { measure: 'errors', operator: '<=', value: 1, unit: '%', text: '<= 1%' },
    });
  });

  it('ends the command where it deviates, unless the chapter says otherwise', () => {
    const on = (chapter: string) => {
      const result = parse(chapter);
      return 'story' in result ? result.story.chapters[0]?.on_deviation : result.problems;
    };
    const hypothesis = `hypothesis: [ { recovers_within: 10s } ], ${BREAKS}`;
    expect(on(hypothesis)).to.equal('stop');
    expect(on(`${hypothesis}, on_deviation: continue`)).to.equal('continue');
    expect(on(`${hypothesis}, on_deviation: contine`)).to.have.nested.property(
      '[0].hint',
      'Did you mean "continue"?',
    );
  });

  it('refuses what could never be checked, and says what to write', () => {
    expect(problem(`hypothesis: [ { probe: chekout } ], ${BREAKS}`)).to.deep.equal([
      'no probe of steady_state is called "chekout"',
      'Did you mean "checkout"?',
    ]);
    expect(problem('hypothesis: [ { recovers_within: 10s } ]')).to.deep.equal([
      'this chapter injects no fault, so that nothing would be checked',
      'Write it in the chapter that injects the fault.',
    ]);
    expect(problem(`hypothesis: [ { errors: "<= 1%" } ], ${BREAKS}`, '')).to.deep.equal([
      'the story has no workload, so that this can never be measured',
      'Write a `workload:` that is measured, such as kind: http.',
    ]);
    expect(
      problem(`hypothesis: [ { p99: "<= 1s" } ], ${BREAKS}`, 'workload: { kind: simulated }\n')[0],
    ).to.equal('a simulated workload measures nothing, so that this can never be measured');
    expect(problem('on_deviation: stop')[0]).to.equal(
      '"on_deviation" means nothing without a hypothesis',
    );
    expect(problem(`hypothesis: [ { only: [web] }, { only: [db] } ], ${BREAKS}`)[0]).to.equal(
      'only stands in hypothesis[0] already',
    );
  });

  it('knows its keys', () => {
    expect(problem(`hypothesis: [ { recover_within: 10s } ], ${BREAKS}`)).to.deep.equal([
      'unknown key "recover_within"',
      'Did you mean "recovers_within"?',
    ]);
    expect(problem(`hypothesis: [ { errors: "> 20%" } ], ${BREAKS}`)[0]).to.contain('"<= 1%"');
    expect(problem(`hypothesis: [ { errors: "<= 1%", p99: "<= 1s" } ], ${BREAKS}`)[0]).to.equal(
      '"errors" and "p99" cannot stand together',
    );
  });

  it('names services of the process engine that are there', () => {
    const top = 'engine: process\nservices: { web: { command: [node, web.js] } }\n';
    const [message, hint] = problem(`hypothesis: [ { only: [wep] } ], ${BREAKS}`, top);
    expect(message).to.equal('no service is called "wep"');
    expect(hint).to.equal('Did you mean "web"?');
  });

  it('names an alert by who is asked, or by the port where it is told', () => {
    const [asked, told] = items(
      '[{ alert: { alertmanager: "http://127.0.0.1:9093", name: StoreSlow, labels: { team: shop }, within: 60s } }, { alert: { webhook: 9095, name: StoreSlow, within: 30s } }]',
    );
    expect(asked).to.deep.equal({
      expect: 'alert',
      alert: {
        name: 'StoreSlow',
        labels: { team: 'shop' },
        within_ms: 60_000,
        from: { source: 'alertmanager', url: 'http://127.0.0.1:9093', headers: {} },
      },
    });
    expect(told).to.deep.include({
      alert: {
        name: 'StoreSlow',
        labels: {},
        within_ms: 30_000,
        from: { source: 'webhook', port: 9095 },
      },
    });
    expect(asked && describeExpected(asked)).to.equal(
      'alert StoreSlow{team=shop} from alertmanager fires within 1m',
    );
    expect(
      problem(
        `hypothesis: [ { alert: { alertmanger: "http://a", name: A, within: 5s } } ], ${BREAKS}`,
      ),
    ).to.deep.equal(['unknown key "alertmanger"', 'Did you mean "alertmanager"?']);
    expect(problem(`hypothesis: [ { alert: { webhook: 9095, name: A } } ], ${BREAKS}`)[0]).to.equal(
      '"within" is missing',
    );
    expect(
      problem(
        `hypothesis: [ { alert: { webhook: 9095, prometheus: "http://a", name: A, within: 5s } } ], ${BREAKS}`,
      )[0],
    ).to.match(/^"prometheus" and "webhook" cannot stand together/);
  });
});
