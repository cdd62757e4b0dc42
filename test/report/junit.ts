/**
 * Whether a text is JUnit XML as GitLab, Jenkins and the actions of GitHub read it, checked by hand: elements in their order, the
 * attributes that readers ask for, counts that are true. Where xmllint and the schema of the Jenkins plugin are at hand, they are the better judges.
 */
import { expect } from 'chai';
import { DOMParser } from 'linkedom';

const INSIDE = ['properties', 'testcase', 'system-out', 'system-err'];

/** The sums of all suites. Throws where it is none. */
export function checkJunit(xml: string): { tests: number; failures: number; skipped: number } {
  expect(xml).to.match(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n/);
  // Nothing but the five escapes, and no raw sign of markup in a value.
  expect(xml).to.not.match(/&(?!(?:amp|lt|gt|quot|#39);)/);
  const document = new DOMParser().parseFromString(xml, 'text/xml');
  const root = document.documentElement as any;
  expect(root.tagName).to.equal('testsuites');
  const sums = { tests: 0, failures: 0, skipped: 0 };
  for (const suite of root.children) {
    expect(suite.tagName).to.equal('testsuite');
    for (const name of ['name', 'timestamp', 'hostname', 'time', 'errors'])
      expect(suite.getAttribute(name), name).to.be.a('string').and.not.equal('');
    const children: any[] = [...suite.children];
    const order = children.map(({ tagName }) => INSIDE.indexOf(tagName));
    expect(order).to.not.include(-1);
    expect(order).to.deep.equal(order.toSorted((a, b) => a - b));
    const cases = children.filter(({ tagName }) => tagName === 'testcase');
    const names = cases.map((each) => each.getAttribute('name'));
    expect(new Set(names).size, 'each has a name of its own').to.equal(names.length);
    for (const each of cases) {
      expect(each.getAttribute('classname')).to.be.a('string').and.not.equal('');
      expect(Number(each.getAttribute('time'))).to.be.at.least(0);
      const inside = [...each.children].map(({ tagName }: any) => tagName).join();
      expect(inside).to.be.oneOf(['', 'failure', 'skipped']);
    }
    const count = (tag: string) => suite.querySelectorAll(tag).length;
    expect(Number(suite.getAttribute('tests'))).to.equal(cases.length);
    expect(Number(suite.getAttribute('failures'))).to.equal(count('failure'));
    expect(Number(suite.getAttribute('skipped'))).to.equal(count('skipped'));
    sums.tests += cases.length;
    sums.failures += count('failure');
    sums.skipped += count('skipped');
  }
  return sums;
}
