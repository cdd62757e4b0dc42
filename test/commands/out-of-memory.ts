/** A service that runs out of memory when it is told to, and what has to be said of it. */
import { expect } from 'chai';
import { until } from './cli.ts';
import type { Stack } from './compose-stack.ts';

/** For its shell. It waits for a file. */
export const HUNGRY =
  'while [ ! -e /tmp/eat ]; do sleep 0.1; done; rm /tmp/eat; exec dd if=/dev/zero of=/dev/null bs=64M count=9999999';

/** `hungry`, of which a live fault leaves too little: it ends, is named with the reason, and is brought back. */
export async function expectOutOfMemory(stack: Stack): Promise<void> {
  const look = async () => (await stack.look())['hungry-1'];
  await stack.docker.docker(['exec', (await look())?.id as string, 'touch', '/tmp/eat']);
  await until('the kernel to end it', async () => (await look())?.state === 'exited');
  const { stdout } = await stack.run(0, 'fault', 'list');
  expect(stdout).to.match(/hungry-1 is exited \(exit code 137, out of memory\)/);
  await stack.run(0, 'fault', 'recover');
  expect((await look())?.state).to.equal('running');
}
