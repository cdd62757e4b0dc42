/** The hypothesis of a chapter on a real stack under a real load: judged by whoever recovers its fault, told by exit 8, and reported. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';
import { events, expectExit, type Folder, gameday, makeFolder, refusalOf, until } from './cli.ts';
import { loadStory } from './load-story.ts';

const STEADY = `steady_state:
  - probe: { command: ["true"], name: always, interval: 250ms }
  - probe: { container: web, name: every-web, interval: 250ms }
`;
const MET =
  '{ throughput: ">= 10% of baseline" }, { probe: always }, { recovers_within: 60s }, { only: [web] }';
const breaks = (hypothesis: string, rest = '') => `
  - { title: Load, on_enter: [ { workload: start } ] }
  - title: Break
    hypothesis: [ ${hypothesis} ]
    ${rest}
    on_enter: [ { inject: { kind: kill, service: web-1, countdown: 0s, duration: 4s } } ]
  - { title: Recovery, on_enter: [ { recover: all } ] }
  - { title: End }
`;

interface Item {
  name: string;
  state: string;
  measured: number;
  unit: string;
  text: string;
}

describe('hypothesis', () => {
  let folder: Folder;
  const at = () => ({ cwd: folder.path });
  const checked = () => events(folder.path).filter(({ type }) => type === 'hypothesis.checked');
  const states = (items: Item[]) =>
    Object.fromEntries(items.map((each) => [each.name, each.state]));

  async function begin(chapters: string): Promise<void> {
    folder = makeFolder({ 'gameday.yaml': await loadStory(chapters, STEADY) });
    await expectExit(0, ['chapter', 'next'], at());
    await expectExit(0, ['chapter', 'next'], at());
  }
  afterEach(() => folder?.cleanup());

  it('is met or deviated, item by item, by the command that recovers; that ends with 8', async () => {
    await begin(breaks(`{ errors: "<= 1%" }, { probe: every-web }, ${MET}`));
    const recovered = await gameday(['chapter', 'next', '--json'], at());
    expect(recovered.code, recovered.stdout).to.equal(8);
    const error = refusalOf({ ...recovered, stderr: '' });
    expect(error).to.include({ code: 'deviated' });
    expect(error.message).to.match(
      /^The hypothesis of "Break" deviated: errors rose to \d+(\.\d+)?% under f1 \(expected: errors <= 1%\); every-web not met for .* under f1 \(expected: probe every-web met all along\)\.$/,
    );
    expect(checked()).to.have.length(1);
    const { items } = checked()[0] as { items: Item[] };
    expect(states(items)).to.deep.equal({
      errors: 'deviated',
      'probe every-web': 'deviated',
      throughput: 'met',
      'probe always': 'met',
      recovery: 'met',
      'affected services': 'met',
    });
    const [errors] = items;
    expect(errors?.measured, 'a third of the load').to.be.within(20, 60);
    // What is judged is told once; the story goes on.
    const shown = await expectExit(0, ['chapter', 'show', 'break', '--json'], at());
    expect(shown.json.judged).to.include({ state: 'deviated', on_deviation: 'stop' });
    const next = await expectExit(0, ['chapter', 'next', '--json'], at());
    expect(next.json.hypotheses[0]).to.include({ chapter: 'break', state: 'deviated' });
  });

  it('stands in every report', async () => {
    await begin(breaks(`{ errors: "<= 1%" }, ${MET}`, 'on_deviation: continue'));
    await expectExit(0, ['chapter', 'next'], at());
    const out = (format: string) =>
      expectExit(0, ['story', 'report', '--format', format, '--output', `r.${format}`], at()).then(
        () => readFileSync(join(folder.path, `r.${format}`), 'utf8'),
      );
    const report = JSON.parse(await out('json'));
    const own = report.items.filter(({ kind }: { kind: string }) => kind === 'hypothesis');
    expect(states(own)).to.include({ errors: 'deviated', throughput: 'met' });
    expect(report.verdict.sentence).to.contain('the hypothesis of break deviated');
    expect(report.verdict.deviated_hypotheses).to.deep.equal(['break']);
    expect(report.action_items.join('\n')).to.match(
      /Deviated: hypothesis of break, errors <= 1%: errors rose to/,
    );
    expect(await out('html')).to.match(/<td>errors &lt;= 1%<\/td>\s*<td>errors rose to/);
    expect(await out('junit')).to.match(
      /<testcase name="errors &lt;= 1%" [^>]*><failure message="errors rose to/,
    );
  });

  it('is judged by the watchdog when the fault ends by itself, and the next command tells it', async () => {
    await begin(breaks('{ errors: "<= 1%" }'));
    await until('the watchdog to judge', () => checked().length > 0, 60_000);
    const next = await gameday(['chapter', 'next', '--json'], at());
    expect(next.code, next.stdout).to.equal(8);
    expect(refusalOf({ ...next, stderr: '' }).code).to.equal('deviated');
    await expectExit(0, ['chapter', 'next'], at());
  });

  it('is not deviated by what nobody could measure', async () => {
    await begin(breaks(`{ only: [web] }, { recovers_within: 60s }`));
    const next = await expectExit(0, ['chapter', 'next', '--json'], at());
    expect(next.json.hypotheses[0].state).to.equal('met');
  });
});
