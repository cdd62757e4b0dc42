/** A question on the terminal, on stderr, so that stdout stays the result. */
import { createInterface } from 'node:readline/promises';

/** Where no more input comes, the answer is empty. Rejects with the signal's reason. */
export async function askOnTerminal(question: string, signal: AbortSignal): Promise<string> {
  const asked = createInterface({ input: process.stdin, output: process.stderr });
  // readline takes Ctrl-C for itself while it asks; it is handed on to where all signals go.
  asked.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  const ended = new Promise<string>((resolve) => asked.once('close', () => resolve('')));
  try {
    return (await Promise.race([asked.question(question, { signal }), ended])).trim();
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    asked.close();
  }
}
