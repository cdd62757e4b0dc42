/** A throwaway engine of a test's own, which it may end and start again, beside the one that all tests share. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { connect, type TestDocker, testDocker } from './docker.ts';
import { isDebian, throwawayDir } from './find.ts';

const run = promisify(execFile);
const ENGINE = join(import.meta.dirname, 'engine.sh');

export interface OwnEngine {
  docker: TestDocker;
  /** By SIGKILL, as when its machine loses power: no container is told, and all have ended when it is started again. */
  kill(): void;
  /** Restart policies count then. */
  start(): Promise<void>;
  cleanup(): Promise<void>;
}

/** Null where none can be had. It ends with this process, however that ends. */
export async function ownEngine(): Promise<OwnEngine | null> {
  if (!isDebian() || process.getuid?.() !== 0 || !(await testDocker())) return null;
  const dir = mkdtempSync('/tmp/gameday-engine-');
  const unpacked = join(throwawayDir, 'root');
  if (existsSync(join(unpacked, '.complete'))) await run('cp', ['-a', unpacked, dir]);
  const script = async (act: 'up' | 'down') =>
    void (await run('bash', [ENGINE, act, dir, String(process.pid)], { maxBuffer: 2 ** 24 }));
  const cleanup = async () => {
    await script('down');
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    await script('up');
  } catch (error) {
    await cleanup();
    throw error;
  }
  const docker = connect({
    host: `unix://${dir}/docker.sock`,
    config: join(dir, 'config'),
    bin: join(dir, 'bin'),
    packages: dir,
  });
  return {
    docker,
    kill: () => process.kill(Number(readFileSync(join(dir, 'pid'), 'utf8')), 'SIGKILL'),
    start: () => script('up'),
    cleanup,
  };
}
