/** Whether a container can be given a load, and whether that would be too much. Changes nothing of it. */
import type { Instance } from '../../fault/instance.ts';
import type { StressEffect } from '../../fault/resource-effect.ts';
import type { Hindrance } from '../engine.ts';
import { cpusText, megabytes, whyShort } from '../load-amounts.ts';
import { limitsOf } from './container-limits.ts';
import {
  COUNT_OOM_KILLS,
  type Counted,
  EXAMINE,
  type Machine,
  parseMachine,
  parseOomKills,
} from './control-groups.ts';
import type { DockerApi } from './docker-api.ts';
import { type HelperEnd, runHelper } from './docker-helper.ts';
import { saidBy } from './helper-failure.ts';
import { mostOf, readUsage } from './machine.ts';
import type { NetworkWorld } from './network.ts';
import { limitsIn } from './resources.ts';
import { whySharedProcesses } from './shared-processes.ts';
import { rightsOf, TRY } from './stress-script.ts';
import { helperBeside } from './tools-image.ts';

const NEXT = 'Choose another target or kind of fault.';

/** What of the machine has to be known. `oom_kills`: null where its kernel does not count them. */
export interface Examined extends Machine {
  oom_kills: number | null;
}

/** Tries it, with nothing that uses anything. Throws as a look at the engine does. */
export async function examineStress(
  { api, tools }: Pick<NetworkWorld, 'api' | 'tools'>,
  target: Instance,
  { memory }: StressEffect,
): Promise<Examined | Hindrance> {
  const why = (await whySharedProcesses(api, target)) ?? (await tools.whyLacking());
  if (why) return why;
  const counted: Counted = memory === undefined ? 'cpu' : 'memory';
  const run = async (groups: string[], script: string) => {
    const rights = rightsOf(target, groups);
    const spec = { does: 'look at the control groups', purpose: 'stress', script, rights } as const;
    return runHelper(api, await helperBeside(tools, target, spec));
  };
  const look = await run([], EXAMINE);
  const machine = parseMachine(stdoutOf(look), target.id, counted);
  if (machine.groups.length === 0)
    return { why: `its control group is not to be found${because(look)}`, next: NEXT };
  const trial = await run(machine.groups, `${TRY}\n${COUNT_OOM_KILLS}`);
  if (trial.refused === null && trial.code === 0)
    return { ...machine, oom_kills: parseOomKills(trial.stdout) };
  return { why: `nothing can be put into its control group: ${saidBy(trial)}`, next: NEXT };
}

/** Null: it is not. */
export async function whyTooMuch(
  api: DockerApi,
  target: Instance,
  { cpus = 0, memory }: StressEffect,
  machine: Machine,
): Promise<Hindrance | null> {
  const most = await mostOf(api, limitsOf(limitsIn(target)));
  if (cpus > most.cpus)
    return { why: `it may use only ${cpusText(most.cpus)}`, next: 'Choose fewer --cores.' };
  if (cpus > 0 && Math.round(cpus * 100) === 0)
    return {
      why: 'that is less than a hundredth of a processor',
      next: 'Choose a larger --share.',
    };
  if (memory === undefined) return null;
  const used = (await readUsage(api, target.id)).memory;
  if (used + memory > most.memory)
    return {
      why: `it uses ${megabytes(used)} of the ${megabytes(most.memory)} that it may, and ${megabytes(memory)} more would have the kernel end it at once`,
      next: 'Choose a smaller --size or --share.',
    };
  return whyShort(memory, machine);
}

function because(look: HelperEnd): string {
  return look.refused === null && look.code === 0 ? '' : `: ${saidBy(look)}`;
}

function stdoutOf(end: HelperEnd): string {
  return end.refused === null ? end.stdout : '';
}
