/** `fault inject` that is killed by SIGKILL around its deed, and what it may have done recovered by the next command. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { events, start, until } from './cli.ts';
import type { Stack } from './compose-stack.ts';

/** Once for each of the times: so long after its intent is in the journal. `expectAsBefore`: after each recovery. */
export async function killInject(
  { folder, docker, run }: Stack,
  fault: readonly string[],
  waitsMs: readonly number[],
  expectAsBefore: () => Promise<void>,
): Promise<void> {
  const intents = () => {
    const runs = readdirSync(join(folder.path, '.gameday', 'runs'));
    const all = runs.flatMap((id) => events(folder.path, id));
    return all.filter(({ type }) => type === 'fault.injecting').length;
  };
  for (const waitMs of waitsMs) {
    const before = intents();
    const started = start(['fault', 'inject', ...fault, '--countdown', '0'], {
      cwd: folder.path,
      env: docker.env,
    });
    await until('the intent', () => intents() > before);
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    started.child.kill('SIGKILL');
    await started.ended;
    await run(0, 'fault', 'recover', '--wait');
    await expectAsBefore();
  }
}
