/** Asks the programs of the story which instance is meant: the pick command, or what says who leads. */
import { candidates, type Printed } from '../fault/candidates.ts';
import { type InstanceRow, label } from '../fault/instance.ts';
import { leaderAmong, leadersAsked, programFor } from '../run/leaders.ts';
import type { LeaderSpec } from '../story/leader-spec.ts';
import type { InjectSpec } from '../story/story.ts';
import type { Command } from '../terms/command.ts';
import { Refusal } from '../terms/outcomes.ts';
import type { RunnerPorts } from './ports.ts';

/** How long such a program may take. */
const PICK_TIMEOUT_MS = 30_000;

type Ports = Pick<RunnerPorts, 'engine' | 'story'>;
type EnginePort = Pick<RunnerPorts, 'engine'>;

/** `rows`: what of the stack there is now. Null: this pick asks nobody. Throws Refusal `no_target`. */
export async function askPick(
  ports: Ports,
  spec: InjectSpec,
  rows: readonly InstanceRow[],
  signal: AbortSignal,
): Promise<Printed[] | null> {
  const { pick } = spec;
  if (pick.by === 'command') {
    const text = await printedBy(ports, pick.command, 'The pick command', signal);
    return [{ leader_of: null, text }];
  }
  if (pick.by !== 'leader') return null;
  const asked = leadersAsked(spec, ports.story.leader, rows);
  return Promise.all(
    asked.map(async (each) => ({
      leader_of: each.of,
      text: await leaderText(ports, each, rows, signal),
    })),
  );
}

/** `rows`: what of the stack there is now. Throws Refusal `no_target`: nobody leads, several do, or nobody can say. */
export async function leaderNow(
  ports: EnginePort,
  how: LeaderSpec,
  rows: readonly InstanceRow[],
  signal: AbortSignal,
): Promise<InstanceRow> {
  const printed = { leader_of: how.of, text: await leaderText(ports, how, rows, signal) };
  const [leader] = candidates(rows, { service: null, labels: [] }, [printed]);
  return leader as InstanceRow;
}

export function runPick(
  { engine }: EnginePort,
  command: Command,
  signal: AbortSignal,
): ReturnType<Ports['engine']['run']> {
  return engine.run(command, { timeout_ms: PICK_TIMEOUT_MS, signal });
}

async function leaderText(
  ports: EnginePort,
  how: LeaderSpec,
  rows: readonly InstanceRow[],
  signal: AbortSignal,
): Promise<string> {
  if (how.ask === 'once')
    return printedBy(
      ports,
      how.command,
      `The program that says who leads ${how.of.join(', ')}`,
      signal,
    );
  const running = rows.filter(
    (row) => how.of.includes(row.service) && row.state === 'running' && row.untouchable === null,
  );
  const answers = await Promise.all(
    running.map(async (row) => {
      const { exit_code, stdout } = await runPick(
        ports,
        { argv: programFor(how.argv, row) },
        signal,
      );
      const isShown = how.expect_output === null || stdout.includes(how.expect_output);
      const text = `exit code ${exit_code}${isShown ? '' : ', without the expected text'}`;
      return { row, leads: exit_code === 0 && isShown, text };
    }),
  );
  return label(leaderAmong(how.of, answers));
}

async function printedBy(
  ports: EnginePort,
  command: Command,
  who: string,
  signal: AbortSignal,
): Promise<string> {
  const { exit_code, stdout, stderr } = await runPick(ports, command, signal);
  if (exit_code === 0) return stdout;
  const said = stderr.trim().split('\n').at(-1) ?? '';
  throw new Refusal(
    'no_target',
    `${who} ended with exit code ${exit_code}${said ? `: ${said}` : ''}.`,
    'Run it by hand; it must print one instance.',
  );
}
