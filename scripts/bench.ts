/**
 * `npm run bench`: prints tables of ratios, each measured in turn in one run on one machine; asserts nothing.
 * `npm run bench -- start journal`: only these parts; `--help` lists them. What needs Docker, or a tool to compare with, is
 * left out where there is none, and says so.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { JOURNAL_VERSION } from '../src/run/events.ts';
import { benchDay, benchVerdict } from './bench/day.ts';
import { benchFaults } from './bench/faults.ts';
import { benchProxy } from './bench/proxy.ts';
import { benchReport } from './bench/report.ts';
import { benchScreen } from './bench/screen.ts';
import { benchCpu, benchSpeed } from './bench/speed.ts';
import { benchTruth } from './bench/truth.ts';
import { benchKill, benchStack } from './bench-docker.ts';
import { benchKubernetes } from './bench-kubernetes.ts';
import { aims, type Candidate, compare, GAMEDAY, inFolder, printAims, time } from './measure.ts';

const STORY = `name: bench
engine: process
services: { web: { command: [sleep, "60"] } }
chapters: [ { title: One }, { title: Two } ]
`;

const gameday = (cwd: string, ...args: string[]) =>
  time(process.execPath, [GAMEDAY, ...args], { cwd });

const SMALL_AT_MOST = 3.2;

async function benchStart(): Promise<void> {
  await inFolder({ 'gameday.yaml': STORY }, async (folder) => {
    const small = ['chapter list', 'fault list', 'fault kinds'];
    const atMost = Object.fromEntries(small.map((command) => [command, SMALL_AT_MOST]));
    const rows = (): Candidate[] => [
      ['node -e 0', () => time(process.execPath, ['-e', '0'], { cwd: folder })],
      ['--version (oclif alone)', () => gameday(folder, '--version')],
      ...small.map((command): Candidate => [command, () => gameday(folder, ...command.split(' '))]),
    ];
    await compare('start-up, whole process', rows(), { atMost });
    gameday(folder, 'chapter', 'next');
    try {
      await compare('start-up in a folder with a run', rows(), { atMost });
    } finally {
      gameday(folder, 'chapter', 'reset');
    }
  });
}

/** What many old runs cost those that begin one, and those that look. */
async function benchRuns(): Promise<void> {
  const measured = async (old: number) => {
    let medians: number[] = [];
    await inFolder({ 'gameday.yaml': STORY }, async (folder) => {
      writeJournal(folder, 10);
      for (let run = 2; run <= old; run++)
        mkdirSync(join(folder, '.gameday', 'runs', `r${run}`), { recursive: true });
      for (let run = 2; run <= old; run++)
        writeFileSync(join(folder, '.gameday', 'runs', `r${run}`, 'journal.ndjson'), '');
      medians = await compare(`${old} runs in the folder`, [
        ['node -e 0', () => time(process.execPath, ['-e', '0'], { cwd: folder })],
        ['fault list', () => gameday(folder, 'fault', 'list')],
        ['chapter back', () => gameday(folder, 'chapter', 'back')],
      ]);
    });
    return medians;
  };
  const [few, many] = [await measured(1), await measured(20_000)];
  for (const [index, command] of [
    [1, 'fault list'],
    [2, 'chapter back'],
  ] as const)
    aimAt(`20,000 old runs against none: ${command}`, few, many, index, 1.5);
}

/** One row against itself, each in turn with the yardstick, which comes first. */
function aimAt(row: string, few: number[], many: number[], index: number, atMost: number): void {
  const inYardsticks = (medians: number[]) => (medians[index] as number) / (medians[0] as number);
  aims.push({ row, ratio: inYardsticks(many) / inYardsticks(few), atMost });
}

/** A journal as a very long run leaves it: a chapter entered over and over. */
function writeJournal(folder: string, events: number): void {
  const runDir = join(folder, '.gameday', 'runs', 'r1');
  mkdirSync(runDir, { recursive: true });
  writeFileSync(join(folder, '.gameday', 'current'), 'r1\n');
  const line = (seq: number, body: object) =>
    `${JSON.stringify({ v: JOURNAL_VERSION, seq, at: new Date(1.7e12 + seq).toISOString(), ...body })}\n`;
  const story = {
    name: 'bench',
    path: join(folder, 'gameday.yaml'),
    digest: '0'.repeat(16),
    chapters: [{ id: 'one', title: 'One' }],
  };
  const engine = { kind: 'process', project: 'bench', files: [] };
  const lines = [line(1, { type: 'run.started', run: 'r1', gameday: '0.1.0', story, engine })];
  const where = { chapter: 'one', index: 0 };
  for (let seq = 2; seq <= events; seq++) {
    lines.push(
      line(
        seq,
        seq % 2
          ? { type: 'chapter.entered', ...where }
          : { type: 'chapter.entering', ...where, cause: 'next' },
      ),
    );
  }
  writeFileSync(join(runDir, 'journal.ndjson'), lines.join(''));
}

async function benchJournal(): Promise<void> {
  const measured: number[][] = [];
  for (const events of [100, 10_000, 1_000_000]) {
    await inFolder({ 'gameday.yaml': STORY }, async (folder) => {
      writeJournal(folder, events);
      // The first command that writes reads it whole, and leaves the snapshot that the later ones start from.
      const first = gameday(folder, 'chapter', 'back');
      const medians = await compare(
        `journal of ${events} events (first command, which reads it whole: ${first.toFixed(0)} ms)`,
        [
          ['node -e 0', () => time(process.execPath, ['-e', '0'], { cwd: folder })],
          ['fault list', () => gameday(folder, 'fault', 'list')],
        ],
      );
      measured.push(medians);
    });
  }
  const [few, , many] = measured as [number[], number[], number[]];
  aimAt('journal of 10^6 events against 10^2: fault list', few, many, 1, 1.5);
}

const PARTS: Record<string, [says: string, run: () => Promise<void>]> = {
  start: ['how long a command takes to start', benchStart],
  journal: ['what a long journal costs', benchJournal],
  runs: ['what many old runs cost', benchRuns],
  kill: ['how soon a kill is a kill, beside docker (needs Docker)', benchKill],
  faults: ['each kind of fault beside what it is made of (needs Docker, root)', benchFaults],
  stack: ['what a large stack costs (needs Docker)', benchStack],
  kubernetes: ['what a large namespace costs (needs what test:kubernetes needs)', benchKubernetes],
  truth: ['a frozen server, as wrk, autocannon, redis-benchmark and gameday tell it', benchTruth],
  speed: ['the highest rate of a load, beside wrk, autocannon and redis-benchmark', benchSpeed],
  cpu: ['what a load of 1,000/s costs', benchCpu],
  day: ['memory and samples of a day', benchDay],
  proxy: ['what the proxy before local processes costs', benchProxy],
  report: ['what a report of a long run costs', benchReport],
  screen: ["what the presenter's screen costs (Linux)", benchScreen],
  verdict: ['what a verdict costs, by the time since the fault', benchVerdict],
};
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(PARTS, name));
if (unknown.length > 0) {
  const parts = Object.entries(PARTS).map(([name, [says]]) => `  ${name.padEnd(9)} ${says}`);
  console.log(`npm run bench [-- PART ...]\n${parts.join('\n')}`);
  process.exit(unknown.every((name) => name === '--help') ? 0 : 2);
}
for (const [name, [, run]] of Object.entries(PARTS))
  if (wanted.length === 0 || wanted.includes(name)) await run();
printAims();
