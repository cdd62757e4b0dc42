/** The impact of faults on the workload: a sparkline with the fault marked, and the sentence with the figures; the same for scripts. Pure. */
import type { ImpactFigures } from '../impact/figures.ts';
import { CUT, sparkline } from './sparkline.ts';

const WIDTH = 60;
const INDENT = '  ';

/** Its keys are API; docs/measurement.md explains them. */
export function impactJson(report: ImpactFigures): Record<string, unknown> {
  const { bars, marks } = draw(report);
  return { ...report.figures, sparkline: { bars, marks } };
}

/** For people: the sentence, below it the rate, and what was not met meanwhile. Of a fault that has just begun there is nothing to say yet. */
export function impactLines(reports: readonly ImpactFigures[]): string[] {
  const telling = reports.filter(
    ({ figures, recoveredAtMs }) => figures.state !== 'not_measured' || recoveredAtMs !== null,
  );
  return telling.flatMap((report) => {
    const { figures, unmet } = report;
    const { bars, marks } = draw(report);
    // The legend has a line of its own, so that each fits 80 columns.
    const picture =
      bars === '' ? [] : [bars, marks, legend(report, bars)].map((line) => INDENT + line);
    return [
      figures.sentence,
      ...picture,
      ...unmet.map((text) => `${INDENT}during the fault: ${text}`),
    ];
  });
}

function draw({ windows, injectedAtMs, recoveredAtMs, figures: { baseline } }: ImpactFigures) {
  return sparkline(windows, WIDTH, { injectedAtMs, recoveredAtMs, baseline });
}

function legend({ figures, recoveredAtMs }: ImpactFigures, bars: string): string {
  const cut = bars.includes(CUT) ? `, ${CUT} cut off` : '';
  const undo = recoveredAtMs === null ? '' : ', ○ undo';
  const rate =
    figures.baseline === null
      ? ''
      : `; ${figures.simulated ? 'simulated baseline' : 'baseline'} ${Math.round(figures.baseline)} ops/s`;
  return `× fault${undo}${cut}${rate}`;
}
