/**
 * Plays a scene to stderr, as a command would: `node play-events.ts SCENE`. Its Ctrl-C handler stands for that of the
 * command: it ends the stream, closes the view and exits 130. On stdout it prints how it ended.
 *   --fail       throw an error after the last beat
 *   --mode MODE  instead of the one that fits stderr
 *   --note       somebody else writes to stderr after every beat
 *   --abrupt     Ctrl-C ends the process at once, as a second one does
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { RunnerEvent } from '../../src/run/progress.ts';
import { type Mode, openView, pickMode } from '../../src/view/view.ts';
import { lines, SCENES, SceneSayer } from './scenes.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    fail: { type: 'boolean' },
    mode: { type: 'string' },
    note: { type: 'boolean' },
    abrupt: { type: 'boolean' },
  },
});
const controller = new AbortController();
process.on('SIGINT', () => {
  if (values.abrupt) process.exit(130);
  controller.abort(new Error('Ended by SIGINT.'));
});

const { stderr } = process;
const mode =
  (values.mode as Mode | undefined) ??
  pickMode({
    json: false,
    stderrIsTTY: Boolean(stderr.isTTY),
    ci: Boolean(process.env.CI),
    columns: stderr.columns,
  });
const view = await openView({
  mode,
  stderr,
  colour: Boolean(stderr.isTTY) && !process.env.NO_COLOR,
  sayer: new SceneSayer(),
});
try {
  for (const beat of SCENES[positionals[0] as keyof typeof SCENES]) {
    if (typeof beat === 'number') await sleep(beat, undefined, { signal: controller.signal });
    else view.show(beat as RunnerEvent);
    if (values.note) stderr.write('a note of somebody else\n');
    controller.signal.throwIfAborted();
  }
  if (values.fail) throw new Error('The engine does not answer.');
  await view.close();
} catch {
  await view.close(controller.signal.reason ?? new Error('The engine does not answer.'));
  process.exitCode = controller.signal.aborted ? 130 : 1;
}
view.show(lines(null, 'never seen: it comes after the end') as unknown as RunnerEvent);
await view.close();
process.stdout.write(`exit ${process.exitCode ?? 0}\n`);
