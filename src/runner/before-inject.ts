/** A program of the story may refuse a fault before anything is done: it is asked before the countdown, with those that would be hit then. */
import { label } from '../fault/instance.ts';
import type { StepId } from '../run/progress.ts';
import type { InjectSpec } from '../story/story.ts';
import { programName } from '../terms/command.ts';
import { formatDuration } from '../terms/duration.ts';
import { Refusal } from '../terms/outcomes.ts';
import { choose } from './choose.ts';
import type { RunnerPorts, Stream } from './ports.ts';

/** Of what it says, so many lines are shown. */
const OUTPUT_LINES = 10;

/** Throws Refusal `hook_refused`, with nothing changed, where it fails, hangs, or cannot be started. */
export async function* askBeforeInject(
  ports: RunnerPorts,
  { spec, step }: { spec: InjectSpec; step: StepId },
  seed: number,
  signal: AbortSignal,
): Stream<void> {
  const hook = ports.story.hooks.before_inject;
  if (!hook) return;
  const { chosen } = await choose(ports, spec, seed, signal);
  const { kind, words } = spec;
  const asked = { kind, done: words.done, targets: chosen.map(label) };
  const { exit_code, is_late, lines } = await ports.askHook(hook, asked, signal);
  signal.throwIfAborted();
  const shown = lines.slice(-OUTPUT_LINES);
  if (shown.length > 0)
    yield { type: 'evidence', id: step, evidence: { about: 'output', lines: shown } };
  if (exit_code === 0) return;
  const how = is_late
    ? `did not end within ${formatDuration(hook.timeout_ms)}`
    : `ended with exit code ${exit_code}`;
  throw new Refusal(
    'hook_refused',
    `${programName(hook.command)}, the story's before_inject, ${how}: ${asked.targets.join(', ')} will not be ${words.done}.`,
    'Look at what it says, and try again.',
  );
}
