/** What JavaScript adds to a report where it is on: the figures of the moment under the pointer. Without it nothing is missing. */
import type { Report } from '../../run/report/report.ts';

export function hoverScript(
  { series, run }: Report,
  toJson: (value: unknown, indent: number) => string,
): string {
  if (!series || series.points.length === 0) return '';
  const rows = series.points.map(({ at, ops_per_s, p50_ms, p99_ms, errors_per_s }) => {
    return [at, ops_per_s, p50_ms, p99_ms, errors_per_s];
  });
  const data = { start: Date.parse(run.started_at), step: series.step_ms, rows };
  // A text that ends the script early must not stand in it.
  const json = toJson(data, 0).replaceAll('<', '\\u003c');
  return `<script type="application/json" id="points">${json}</script>
<script>${SCRIPT}</script>`;
}

const SCRIPT = `
const { start, step, rows } = JSON.parse(document.getElementById('points').textContent);
const tip = document.body.appendChild(Object.assign(document.createElement('div'), { id: 'tip', hidden: true }));
const unit = (value, name) => value === null ? name + ' not measured' : name + ' ' + value;
for (const svg of document.querySelectorAll('#what-was-measured ~ figure > svg')) {
  svg.addEventListener('pointerleave', () => { tip.hidden = true; });
  svg.addEventListener('pointermove', (event) => {
    const { left, width } = svg.getBoundingClientRect();
    const [, , full] = svg.getAttribute('viewBox').split(' ').map(Number);
    const share = ((event.clientX - left) / width * full - 64) / (full - 80);
    const row = rows[Math.floor(share * rows.length)];
    tip.hidden = !row;
    if (!row) return;
    const [at, ops, p50, p99, errors] = row;
    tip.textContent = [new Date(at).toISOString().slice(11, 19) + ' UTC, ' + ((at - start) / 1000).toFixed(1) + ' s',
      unit(ops, 'ops/s'), unit(p50, 'p50 ms'), unit(p99, 'p99 ms'), unit(errors, 'errors/s')].join('\\n');
    tip.style.left = Math.min(event.clientX + 12, innerWidth - tip.offsetWidth - 8) + 'px';
    tip.style.top = event.clientY + 12 + 'px';
  });
}
`;
