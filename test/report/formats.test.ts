/** The formats of a report: whole without a network, harmless whatever stands in the run, and small also for a day. */
import { expect } from 'chai';
import { parseHTML as parse } from 'linkedom';
import { before, describe, it } from 'mocha';
import { type Report, reportOf } from '../../src/run/report/report.ts';
import { FORMATS, type Format, renderReport } from '../../src/view/report/index.ts';
import { START, made as windowMade } from '../impact/windows-made.ts';
import { checkJunit } from './junit.ts';
import { checkReport } from './published.ts';
import { longJournal, readings, STARTED, STORY, whole, windows } from './runs-made.ts';

const parseHTML = (text: string) => parse(text) as unknown as { document: any };
const HOST = { bin: 'sf', separator: ':' };
const render = (format: Format, report: Report) =>
  renderReport(format, report, { events: report.timeline.events, windows: () => windows }, HOST);
const KIB = 1024;

describe('formats of a report', () => {
  let report: Report;
  const texts = {} as Record<Format, string>;
  before(async () => {
    report = reportOf(readings());
    for (const format of FORMATS) texts[format] = await render(format, report);
  });

  it('html says the verdict first, and draws what was measured', () => {
    const { document } = parseHTML(texts.html);
    const [first] = document.querySelectorAll('body p.verdict, body section, body table');
    expect(first?.textContent).to.match(/^Deviated: 1 of 4 expectations was not met; /);
    expect(first?.className).to.equal('verdict deviated');
    const charts = [...document.querySelectorAll('svg[aria-label]')];
    expect(charts.map((svg) => svg.getAttribute('aria-label'))).to.deep.equal([
      'Throughput over time',
      'Latency: p50, p99, p99.9 over time',
      'Errors, time-outs and dropped over time',
      'Throughput over time',
    ]);
    for (const svg of charts)
      expect(svg.querySelectorAll('path').length, svg.outerHTML).to.be.above(2);
    expect(document.querySelector('section table td.deviated')?.textContent).to.equal('deviated');
    expect(document.documentElement.getAttribute('lang')).to.equal('en');
    expect(texts.html).to.include('Narration of fault.');
  });

  it('html and svg ask for nothing from anywhere', () => {
    for (const text of [texts.html, texts.svg]) {
      const { document } = parseHTML(text);
      const asking =
        '[src], [href], link, iframe, object, embed, img, image, use, base, form, meta[http-equiv=refresh]';
      expect([...document.querySelectorAll(asking)].map((each) => each.outerHTML)).to.deep.equal(
        [],
      );
      expect(text).to.not.match(/@import|url\(|fetch\(|XMLHttp|WebSocket|\bimport\(/);
    }
  });

  it('html is whole without its script, and the script holds no foreign markup', () => {
    const { document } = parseHTML(texts.html);
    const before = document.body.textContent?.length ?? 0;
    const scripts = [...document.querySelectorAll('script')];
    expect(scripts).to.have.length(2);
    const inScripts = scripts.reduce((sum, each) => sum + (each.textContent?.length ?? 0), 0);
    for (const script of scripts) script.remove();
    expect(before - (document.body.textContent?.length ?? 0)).to.equal(inScripts);
  });

  it('json is as its schema says', () => {
    checkReport(JSON.parse(texts.json));
  });

  it('junit has a case for each item, in the form that its readers take', () => {
    const cases = checkJunit(texts.junit);
    expect(cases).to.deep.equal({ tests: 4, failures: 1, skipped: 0 });
  });

  it('markdown fits a job summary, with a list of what is to be done', () => {
    expect(texts.markdown).to.match(/^## shop, run r1\n\n\*\*Deviated: /);
    expect(texts.markdown).to.include('- [ ] Deviated: errors 33% (wanted: &lt;= 5%)');
  });

  it('csv has a row for each window', () => {
    const rows = texts.csv.trimEnd().split('\r\n');
    expect(rows).to.have.length(windows.length + 1);
    expect(rows[81]).to.equal(
      '2026-11-01T12:00:20.000Z,20.000,250,67,268.0,33,0,0,0,4.76,4.76,4.76',
    );
  });

  it('say commands as the host has them typed', async () => {
    const live = reportOf(readings({ events: whole().slice(0, 9) }));
    for (const format of ['html', 'markdown'] as const)
      expect(await render(format, live), format).to.include('sf fault:recover');
  });

  it('make foreign text harmless', async () => {
    const EVIL = '<script>alert(1)</script> ]]> --> \u001b[31m \u202e | `x` @all [l](http://evil)';
    const [start, ...events] = whole();
    const named = { ...start, story: { ...STARTED, ...(start as any).story, name: EVIL } };
    const story = {
      ...STORY,
      chapters: STORY.chapters.map((each) => ({ ...each, title: EVIL, narration: EVIL })),
    };
    const failed = [
      'chapter.failed',
      { chapter: 'end', index: 2, action: 0, code: 'action_failed', message: EVIL },
    ] as const;
    const last = { v: 2, seq: events.length + 2, at: new Date(START + 61_000).toISOString() };
    const made = reportOf(
      readings({
        events: [named, ...events, { ...last, type: failed[0], ...failed[1] }] as never,
        story,
        warnings: [EVIL],
      }),
    );
    for (const format of FORMATS) {
      const text = await render(format, made);
      for (const unseen of ['\u001b', '\u202e']) expect(text, format).to.not.include(unseen);
      if (format === 'html' || format === 'svg') {
        expect(text.match(/<script>alert/), format).to.equal(null);
        expect(text.match(/<script/g)?.length ?? 0, format).to.equal(format === 'html' ? 2 : 0);
      }
      if (format === 'junit') checkJunit(text);
      if (format === 'json') checkReport(JSON.parse(text));
      if (format === 'markdown') expect(text).to.not.match(/<script|[^\\]\[l\]|@all/);
    }
  });

  it('are small: an hour is below 1 MB, a day below 3 MB', async () => {
    for (const [hours, most] of [
      [1, 1000 * KIB],
      [24, 3000 * KIB],
    ] as const) {
      const made = reportOf(readings(longRun(hours)));
      const html = await render('html', made);
      expect(html.length, `${hours} h`).to.be.below(most);
      expect((await render('markdown', made)).length).to.be.below(64 * KIB);
    }
  });
});

/** With a window every second, three instances that flap. */
function longRun(hours: number) {
  const lengthMs = hours * 3_600_000;
  const states = Array.from({ length: hours * 360 }, (_, index) => ({
    at: new Date(START + index * 10_000).toISOString(),
    instance: `web-${(index % 3) + 1}`,
    id: `w${index % 3}`,
    service: 'web',
    state: index % 2 === 0 ? 'running' : 'exited',
    health: 'none' as const,
    incarnation: null,
  }));
  return {
    events: longJournal(hours),
    states,
    nowMs: START + lengthMs,
    windows: Array.from({ length: lengthMs / 1000 }, (_, index) =>
      windowMade(START + index * 1000, { ok: 400, latencyMs: 3 + (index % 7) }, 1000),
    ),
  };
}
