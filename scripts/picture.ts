/**
 * `npm run picture`: plays the story of examples/embedded on the presenter's screen, in a real terminal (tmux) with real keys, and
 * makes the moving picture of the README of what `--record` kept. Nothing of it is drawn by hand; the story gets a hypothesis.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Terminal } from '../test/view/terminal.ts';
import { framesOf, parseCast } from './picture/frames.ts';
import { svgOf } from './picture/svg.ts';

const path = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const MOST_BYTES = 500 * 1024;
const SIZE = { columns: 110, rows: 32 };
/** As long as it takes to read what is new. */
const READ_MS = 2500;
/** From one frame to the next: the smallest step that fits. */
const STEPS_MS = [250, 500, 1000];
const HYPOTHESIS = `    hypothesis:
      - throughput: ">= 40% of baseline"
      - recovers_within: 20s
      - only: [quotes]
    on_deviation: continue
`;
/** A key, and what shows that it has done its work. */
const KEYS: [key: string, shows: RegExp][] = [
  ['Space', /\[1\/8\] Welcome/],
  ['Space', /\[2\/8\] Cluster Health[\s\S]*✔/],
  ['Space', /✔ waited 5s/],
  ['Space', /LIVE f1/],
  ['Space', /✔ noticed/],
  ['Space', /evidence on f1/],
  ['Space', /\[8\/8\] Demo Complete/],
];

const folder = mkdtempSync(join(tmpdir(), 'gameday-picture-'));
const terminal = new Terminal();
try {
  // Not what earlier runs left there.
  const filter = (from: string) => !from.endsWith('.gameday');
  cpSync(path('examples/embedded'), folder, { recursive: true, filter });
  const story = readFileSync(join(folder, 'gameday.yaml'), 'utf8');
  const title = '  - title: Fault Injection\n';
  writeFileSync(join(folder, 'gameday.yaml'), story.replace(title, title + HYPOTHESIS));
  const gameday = `'${process.execPath}' '${path('bin/run.js')}'`;
  const play = `${gameday} chapter play --yes --record show.cast`;
  await terminal.start(`cd '${folder}'; unset NO_COLOR CI; ${play}`, SIZE);
  await terminal.until(/SPACE begins/);
  for (const [key, shows] of KEYS) {
    await sleep(READ_MS);
    await terminal.press(key);
    await terminal.until(shows);
  }
  await sleep(2 * READ_MS);
  await terminal.press('q');
  await terminal.ended();
  writeFileSync(path('docs/screen.svg'), picture(readFileSync(join(folder, 'show.cast'), 'utf8')));
} finally {
  await terminal.close();
  // Whatever has gone wrong, its servers do not outlive it.
  spawnSync(process.execPath, [path('bin/run.js'), 'chapter', 'reset'], { cwd: folder });
  rmSync(folder, { recursive: true, force: true });
}

function picture(recorded: string): string {
  const cast = parseCast(recorded);
  for (const everyMs of STEPS_MS) {
    const frames = framesOf(cast, everyMs);
    const isLive = (row: (typeof frames)[number][number]) =>
      row.some(({ text }) => text.includes('LIVE f1'));
    const poster = frames.findLastIndex((frame) => frame.some(isLive));
    const title = 'A game day on the screen of the presenter, from its first chapter to its last';
    const svg = svgOf(frames, { columns: cast.columns, everyMs, poster, title });
    if (Buffer.byteLength(svg) <= MOST_BYTES) return svg;
  }
  throw new Error(`The picture has more than ${MOST_BYTES} bytes, also with a frame a second.`);
}
