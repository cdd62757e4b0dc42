/** The colours and the type of a report: light and dark by what the reader's system says, light on paper. */

/** By name: light, dark. */
export const PALETTE = {
  paper: ['#fff', '#15171a'],
  ink: ['#1b1f24', '#e6e8eb'],
  mute: ['#59636e', '#9aa4af'],
  line: ['#d0d7de', '#3a414a'],
  soft: ['#f4f6f8', '#1e2227'],
  good: ['#1a7f4b', '#4cc38a'],
  bad: ['#b42318', '#ff8a80'],
  unsure: ['#8a5a00', '#e3b341'],
  rate: ['#0b66c3', '#6cb6ff'],
  error: ['#c4302b', '#ff7b72'],
  fault: ['#a8324a', '#ff9aa8'],
  p50: ['#1a7f4b', '#4cc38a'],
  p99: ['#a35f00', '#e3b341'],
  p999: ['#7b4bb7', '#c4a2f5'],
} as const;

const VARIABLES = Object.entries(PALETTE).map(
  ([name, [light, dark]]) => `--${name}: light-dark(${light}, ${dark});`,
);

const COLOURS = `
:root { color-scheme: light dark; ${VARIABLES.join(' ')} }
@media print { :root { color-scheme: light; } }`;

export const STYLE = `${COLOURS}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 64rem; padding: 1.5rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.6rem; margin: 0 0 .5rem; } h2 { font-size: 1.25rem; margin: 2.2rem 0 .6rem; } h3 { font-size: 1.05rem; margin: 1.6rem 0 .4rem; }
.verdict { font-size: 1.2rem; padding: .8rem 1rem; border-left: .4rem solid var(--unsure); background: var(--soft); }
.verdict.held { border-color: var(--good); } .verdict.deviated { border-color: var(--bad); }
.met { color: var(--good); } .deviated > b, td.deviated { color: var(--bad); } .not_measured { color: var(--unsure); }
td.met, td.deviated, td.not_measured { font-weight: 600; white-space: nowrap; }
.note, .small { color: var(--mute); } .small { font-size: .875rem; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; } .wide { overflow-x: auto; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem .35rem 0; border-bottom: 1px solid var(--line); }
thead th { color: var(--mute); font-weight: 600; }
figure { margin: 0 0 1rem; } figcaption { color: var(--mute); font-size: .9rem; } svg { max-width: 100%; height: auto; color: var(--ink); }
figure.large { overflow-x: auto; } .large > svg { width: 320%; max-width: none; }
button { font: inherit; font-size: .8rem; padding: 0 .5rem; color: var(--rate); background: none; border: 1px solid var(--line); border-radius: .2rem; }
.narration { white-space: pre-line; border-left: 3px solid var(--line); padding-left: .8rem; margin: .4rem 0; }
code { font: .9em ui-monospace, monospace; } dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; } dt { color: var(--mute); } dd { margin: 0; }
.key span { display: inline-block; margin-right: 1rem; } .key i { display: inline-block; width: .8rem; height: .8rem; margin-right: .35rem; vertical-align: -.05rem; }
a { color: var(--rate); } #tip { position: fixed; pointer-events: none; padding: .3rem .5rem; background: var(--ink); color: var(--paper); font-size: .8rem; white-space: pre; border-radius: .2rem; }
@media print { button { display: none; } .large > svg { width: 100%; } body { max-width: none; padding: 0; font-size: 10pt; } figure, tr, .fault { break-inside: avoid; } h2, h3 { break-after: avoid; } details > * { display: block; } }`;
