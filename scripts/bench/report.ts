/** What a report of a long run costs: a whole process, from the run's files to the page, with a fault every ten minutes. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SampleFile } from '../../src/workload/samples/sample-file.ts';
import { longJournal } from '../../test/report/runs-made.ts';
import { GAMEDAY, inFolder } from '../measure.ts';
import { windowsFor } from './day.ts';
import { ms, row, title } from './figures.ts';

const STORY =
  'name: bench\nengine: process\nservices: { web: { command: [sleep, "60"] } }\nchapters: [ { title: One } ]\n';
const TELL =
  "data:text/javascript,process.on('exit',()=>console.error('rss',process.resourceUsage().maxRSS))";
const WINDOWS_AN_HOUR = 4 * 3600;

export async function benchReport(): Promise<void> {
  title('story report: a whole process, 1,000 operations a second, a fault every ten minutes');
  row('', 'samples', 'took', 'memory', 'html', 'json');
  for (const hours of [1, 6, 24]) await reportOf(hours);
}

async function reportOf(hours: number): Promise<void> {
  await inFolder({ 'gameday.yaml': STORY }, async (folder) => {
    const run = join(folder, '.gameday', 'runs', 'r1');
    mkdirSync(run, { recursive: true, mode: 0o700 });
    const lines = longJournal(hours).map((event) => `${JSON.stringify(event)}\n`);
    writeFileSync(join(run, 'journal.ndjson'), lines.join(''));
    writeFileSync(join(folder, '.gameday', 'current'), 'r1\n');
    const path = join(run, 'samples.ndjson');
    const samples = SampleFile.open(path);
    for (const window of windowsFor(hours * WINDOWS_AN_HOUR)) samples.append(window);
    samples.close();
    const made = (format: string) => {
      const begun = performance.now();
      const args = ['--import', TELL, GAMEDAY, 'story', 'report', '--format', format];
      const { status, stdout, stderr } = spawnSync(process.execPath, args, {
        cwd: folder,
        encoding: 'utf8',
      });
      if (status !== 0) throw new Error(stderr);
      const [, kib] = /rss (\d+)/.exec(stderr) ?? [];
      const bytes = statSync(stdout.trim()).size;
      return { tookMs: performance.now() - begun, mb: Number(kib) / 1000, bytes };
    };
    const html = made('html');
    row(
      `${hours} h, ${hours * 6} faults`,
      `${(statSync(path).size / 1e6).toFixed(1)} MB`,
      ms(html.tookMs),
      `${html.mb.toFixed(0)} MB`,
      `${(html.bytes / 1e6).toFixed(2)} MB`,
      `${(made('json').bytes / 1e6).toFixed(2)} MB`,
    );
  });
}
