/** A report in a real browser: nothing fails or is asked for, charts are drawn, dark and on paper too, with JavaScript and without. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { reportOf } from '../../src/run/report/report.ts';
import { renderReport } from '../../src/view/report/index.ts';
import { START } from '../impact/windows-made.ts';
import { NO_RECORDS, readings } from '../report/runs-made.ts';
import { Chromium, findChromium, type Page } from './chromium.ts';

const at = (ms: number) => new Date(START + ms).toISOString();
const state = (ms: number, state: string) => {
  const it = { instance: 'web-1', id: 'web-1', service: 'web', incarnation: null };
  return { ...it, at: at(ms), state, health: 'none' as const };
};

describe('a report in a browser', function () {
  this.timeout(120_000);
  let folder: string;
  let chromium: Chromium;
  let page: Page;
  const url = () => pathToFileURL(join(folder, 'report.html')).href;

  before(async function () {
    const program = findChromium();
    if (program === null) {
      this.skip();
      return;
    }
    folder = mkdtempSync(join(tmpdir(), 'gameday-report-'));
    const states = [
      { at: at(0), note: 'begin' as const, pid: 1 },
      state(0, 'running'),
      state(20_000, 'exited'),
      state(30_500, 'running'),
      { at: at(60_000), note: 'end' as const, pid: 1 },
    ];
    const made = reportOf(readings({ states }));
    const html = await renderReport('html', made, NO_RECORDS, { bin: 'gameday', separator: ' ' });
    writeFileSync(join(folder, 'report.html'), html);
    const svg = await renderReport('svg', made, NO_RECORDS, { bin: 'gameday', separator: ' ' });
    writeFileSync(join(folder, 'report.svg'), svg);
    chromium = await Chromium.start(program);
    page = await chromium.page();
  });
  after(async () => {
    await chromium?.close();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  const inks = `[...document.querySelectorAll('figure svg')].map((svg) => {
    const { width, height } = svg.getBoundingClientRect();
    const line = svg.querySelector('[data-mark=line] path, [data-mark=bar] rect');
    const box = line.getBBox();
    return { width, height, drawn: box.width > 10, colour: getComputedStyle(line).stroke + getComputedStyle(line).fill };
  })`;

  it('fails nowhere, asks for nothing, and draws every chart', async () => {
    await page.open(url());
    const charts = await page.evaluate(inks);
    expect(charts).to.have.length(5);
    for (const { width, height, drawn } of charts) {
      expect(width).to.be.above(300);
      expect(height).to.be.above(50);
      expect(drawn).to.equal(true);
    }
    expect(page.problems).to.deep.equal([]);
    expect(page.requests).to.deep.equal([url()]);
  });

  it('shows the figures of the moment under the pointer', async () => {
    await page.open(url());
    const at = await page.evaluate(`(() => {
      const svg = document.querySelector('figure svg');
      svg.scrollIntoView({ block: 'center' });
      const { left, top, width, height } = svg.getBoundingClientRect();
      return { x: left + width / 2, y: top + height / 2 };
    })()`);
    await page.call('Input.dispatchMouseEvent', { type: 'mouseMoved', ...at });
    const tip = await page.evaluate(
      `document.getElementById('tip').hidden ? null : document.getElementById('tip').textContent`,
    );
    expect(tip).to.match(
      /^12:00:\d\d UTC, [\d.]+ s\nops\/s \d+\np50 ms [\d.]+\np99 ms [\d.]+\nerrors\/s \d+$/,
    );
    expect(page.problems).to.deep.equal([]);
  });

  it('shows a chart larger where that is asked for', async () => {
    await page.open(url());
    const widths = await page.evaluate(`(() => {
      const svg = document.querySelector('figure svg');
      const width = () => svg.getBoundingClientRect().width;
      const before = width();
      const button = document.querySelector('figure button');
      button.click();
      const large = width();
      const page = document.documentElement.scrollWidth <= innerWidth;
      button.click();
      return { before, large, after: width(), page };
    })()`);
    expect(widths.large).to.be.above(2 * widths.before);
    expect(widths.after).to.equal(widths.before);
    expect(widths.page, 'the chart scrolls, and not the page').to.equal(true);
  });

  it('is dark where the reader’s system is, and light on paper', async () => {
    await page.open(url());
    const paper = 'getComputedStyle(document.body).backgroundColor';
    const media = (media: string, value: string) =>
      page.call('Emulation.setEmulatedMedia', {
        media,
        features: [{ name: 'prefers-color-scheme', value }],
      });
    await media('screen', 'light');
    const light = [await page.evaluate(paper), (await page.evaluate(inks))[0].colour];
    await media('screen', 'dark');
    const dark = [await page.evaluate(paper), (await page.evaluate(inks))[0].colour];
    await media('print', 'dark');
    const print = [await page.evaluate(paper), (await page.evaluate(inks))[0].colour];
    expect(light[0]).to.equal('rgb(255, 255, 255)');
    expect(dark[0]).to.not.equal(light[0]);
    expect(dark[1], 'the lines of a chart').to.not.equal(light[1]);
    expect(print).to.deep.equal(light);
    await media('', 'light');
  });

  it('is whole without JavaScript', async () => {
    await page.call('Emulation.setScriptExecutionDisabled', { value: true });
    try {
      await page.open(url());
      expect(await page.evaluate(inks)).to.have.length(5);
      expect(await page.evaluate('document.body.innerText')).to.include(
        'Deviated: 1 of 4 expectations was not met',
      );
      expect(await page.evaluate("document.getElementById('tip')")).to.equal(null);
      expect(page.problems).to.deep.equal([]);
    } finally {
      await page.call('Emulation.setScriptExecutionDisabled', { value: false });
    }
  });

  for (const scheme of ['light', 'dark'])
    it(`can be read by everybody: axe finds nothing (${scheme})`, async () => {
      await page.call('Emulation.setEmulatedMedia', {
        features: [{ name: 'prefers-color-scheme', value: scheme }],
      });
      await page.open(url());
      await page.evaluate(axe.source);
      const found = await page.evaluate(
        'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).join()))',
      );
      expect(found).to.deep.equal([]);
    });

  it('prints to pages that hold all of it', async () => {
    await page.open(url());
    const { data } = await page.call('Page.printToPDF', { printBackground: true });
    const pdf = Buffer.from(data, 'base64');
    expect(pdf.subarray(0, 5).toString()).to.equal('%PDF-');
    expect(pdf.length).to.be.above(20_000);
    expect(pdf.toString('latin1').match(/\/Type ?\/Page\b/g)?.length).to.be.above(1);
  });

  it('the picture alone is drawn, too', async () => {
    await page.open(pathToFileURL(join(folder, 'report.svg')).href);
    const drawn = await page.evaluate(
      `[...document.querySelectorAll('svg svg')].map((svg) => svg.getBBox().width > 300)`,
    );
    expect(drawn).to.deep.equal([true, true, true, true]);
    expect(page.problems).to.deep.equal([]);
  });
});
