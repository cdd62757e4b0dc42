/** What the proxy before local processes costs: the same clients at a process's own port and at its declared one, in turn. */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openProcessEngine } from '../../src/engine/process/process.ts';
import { readRoute } from '../../src/engine/process/process-ports.ts';
import { readStanding } from '../../src/engine/process/process-record.ts';
import { inFolder, median } from '../measure.ts';
import { count, ms, row, title } from './figures.ts';
import { CONNECTIONS } from './tools.ts';

const PORT = 28_471;
const ROUNDS = 5;
const SECONDS = 3;
const BULK_BYTES = 256 * 1024 * 1024;
/** Sends as much as it can to whoever comes. */
const SOURCE = `
const chunk = Buffer.alloc(65536);
require('node:net').createServer((socket) => {
  socket.on('error', () => {});
  const send = () => { while (socket.writable && socket.write(chunk)); };
  socket.on('drain', send);
  send();
}).listen(Number(process.env.PORT), '127.0.0.1');`;

interface Figures {
  rate: number;
  p50_ms: number;
  p99_ms: number;
  bulk_mb_s: number;
}

export async function benchProxy(): Promise<void> {
  await inFolder({}, async (folder) => {
    const stateDir = join(folder, 'processes');
    const server = fileURLToPath(new URL('./http-server.ts', import.meta.url));
    const common = { replicas: 1, env: {}, restart: 'no' as const, working_dir: folder };
    const engine = await openProcessEngine({
      project: 'bench',
      stateDir,
      cwd: folder,
      services: {
        web: { ...common, command: [process.execPath, server], port: PORT, health: { tcp: true } },
        source: {
          ...common,
          command: [process.execPath, '-e', SOURCE],
          port: PORT + 1,
          health: { tcp: true },
        },
      },
    });
    await engine.up();
    try {
      await measure(stateDir, async (spoils) => {
        const web = await engine.inspect('web-1');
        const effect = { on: 'http', path: '/none', share: 1, status: 500, delay_ms: 0, cut: null };
        const effects = web && spoils ? [{ fault: 'f1', target: web, effect, deadline: null }] : [];
        if (web) await engine.abilities.http?.set(web, effects);
      });
    } finally {
      await engine.down();
    }
  });
}

async function measure(stateDir: string, spoil: (spoils: boolean) => Promise<void>): Promise<void> {
  const own = (id: string) => readRoute(stateDir, id)?.to ?? 0;
  const all: Figures[][] = [[], [], []];
  const pid = readStanding(join(stateDir, 'proxy'), 'proxy-1')?.generation?.command?.pid;
  const fresh = memoryOf(pid);
  for (let round = 0; round < ROUNDS; round++) {
    all[0]?.push(await figuresOf(own('web-1'), own('source-1')));
    all[1]?.push(await figuresOf(PORT, PORT + 1));
    await spoil(true);
    all[2]?.push(await figuresOf(PORT, PORT + 1));
    await spoil(false);
  }
  title('a process with and without the proxy, 32 connections');
  row('', 'requests/s', 'ratio', 'p50', 'p99', 'MB/s', 'ratio');
  const names = ['its own port', 'its declared port, at rest', 'the same, an http rule alive'];
  const [direct] = all.map(mediansOf);
  for (const [index, figures] of all.map(mediansOf).entries())
    row(
      names[index] as string,
      count(figures.rate),
      (figures.rate / (direct as Figures).rate).toFixed(2),
      ms(figures.p50_ms),
      ms(figures.p99_ms),
      count(figures.bulk_mb_s),
      (figures.bulk_mb_s / (direct as Figures).bulk_mb_s).toFixed(2),
    );
  const alone = async (port: number) => median((await exchanges(port, 1, 2000)).all);
  const trips = [await alone(own('web-1')), await alone(PORT)] as const;
  row('one exchange at a time, median', micro(trips[0]), 'own', micro(trips[1]), 'declared');
  row('memory of the proxy', fresh, 'fresh', memoryOf(pid), 'after that');
}

async function figuresOf(port: number, source: number): Promise<Figures> {
  const { all, tookMs } = await exchanges(port, CONNECTIONS, SECONDS * 1000);
  const sorted = Float64Array.from(all).sort();
  return {
    rate: (all.length / tookMs) * 1000,
    p50_ms: sorted[Math.floor(sorted.length * 0.5)] ?? 0,
    p99_ms: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
    bulk_mb_s: await bulk(source),
  };
}

function mediansOf(all: Figures[]): Figures {
  const of = (key: keyof Figures) => median(all.map((each) => each[key]));
  return {
    rate: of('rate'),
    p50_ms: of('p50_ms'),
    p99_ms: of('p99_ms'),
    bulk_mb_s: of('bulk_mb_s'),
  };
}

/** MB/s of one connection. */
function bulk(port: number): Promise<number> {
  const begun = performance.now();
  return new Promise((resolve, reject) => {
    let bytes = 0;
    const socket = connect({ host: '127.0.0.1', port });
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      bytes += chunk.length;
      if (bytes < BULK_BYTES) return;
      socket.destroy();
      resolve(bytes / 1e3 / (performance.now() - begun));
    });
  });
}

/** One request after the other on each of so many kept connections; resolves to how long each took, in ms. */
async function exchanges(
  port: number,
  connections: number,
  forMs: number,
): Promise<{ all: number[]; tookMs: number }> {
  const all: number[] = [];
  const begunAll = performance.now();
  const one = () =>
    new Promise<void>((resolve, reject) => {
      let begun = 0;
      const socket = connect({ host: '127.0.0.1', port, noDelay: true });
      const ask = () => {
        begun = performance.now();
        socket.write('GET / HTTP/1.1\r\nHost: web\r\n\r\n');
      };
      socket.on('error', reject).once('connect', ask);
      socket.on('data', () => {
        const now = performance.now();
        all.push(now - begun);
        if (now - begunAll < forMs) return ask();
        socket.destroy();
        resolve();
      });
    });
  await Promise.all(Array.from({ length: connections }, one));
  return { all, tookMs: performance.now() - begunAll };
}

/** Linux alone tells. */
function memoryOf(pid: number | undefined): string {
  if (process.platform !== 'linux') return '-';
  const [, kb] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return `${count(Number(kb) / 1024)} MiB`;
}

function micro(durationMs: number): string {
  return `${count(durationMs * 1000)} µs`;
}
