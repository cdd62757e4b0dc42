/** The library that draws the charts, with a document to draw into. Loaded by the formats that have charts, and by no other command. */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

export { Plot };

const PAGE = '<!doctype html><html><body></body></html>';

/** A chart as text: SVG that needs no script and no style sheet but the page's colours. `label`: said by a screen reader. */
export function draw(label: string, options: Plot.PlotOptions): string {
  const { document } = parseHTML(PAGE) as unknown as { document: object };
  const svg = Plot.plot({ ...options, document });
  // A label on what has no role of its own is said by no screen reader; the picture has one for all of it.
  for (const mark of svg.querySelectorAll('g[aria-label]')) {
    mark.setAttribute('data-mark', mark.getAttribute('aria-label'));
    mark.removeAttribute('aria-label');
  }
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', label);
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  return svg.outerHTML;
}
