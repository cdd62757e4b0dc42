/** The page of the audience in a real browser: it draws what it is sent, asks for nothing else, and says when it is over. */
import axe from 'axe-core';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { AudienceServer } from '../../src/app/screen/audience-server.ts';
import { line } from '../../src/view/screen/line.ts';
import { until } from '../commands/cli.ts';
import { Chromium, findChromium, type Page } from './chromium.ts';

describe("the audience's page in a browser", function () {
  this.timeout(120_000);
  let chromium: Chromium;
  let server: AudienceServer;
  let page: Page;

  before(async function () {
    const program = findChromium();
    if (program === null) {
      this.skip();
      return;
    }
    server = await AudienceServer.listen('127.0.0.1:0', '<shop>: game day');
    chromium = await Chromium.start(program);
    page = await chromium.page();
  });
  after(async () => {
    await chromium?.close();
    server?.close(false);
  });

  const text = () => page.evaluate("document.getElementById('screen').textContent");

  it('draws each change, and foreign text is text', async () => {
    server.show([line('[1/3] One', 'title'), line('<img src=x onerror=alert(1)>', 'bad')]);
    await page.open(server.url);
    await until('the lines', async () => (await text()).includes('[1/3] One'));
    expect(await text()).to.contain('<img src=x onerror=alert(1)>');
    server.show([line('[2/3] Break', 'title')]);
    await until('the change', async () => (await text()).includes('[2/3] Break'));
    expect(page.problems).to.deep.equal([]);
    await page.evaluate(axe.source);
    const found = await page.evaluate(
      "axe.run({ runOnly: ['wcag2a', 'wcag2aa'] }).then(({ violations }) => violations.map(({ id }) => id))",
    );
    expect(found).to.deep.equal([]);
  });

  it('says when the run is over', async () => {
    server.close(true);
    await until('the word', () =>
      page.evaluate("document.body.textContent.includes('The game day is over.')"),
    );
  });
});
