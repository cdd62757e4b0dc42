/**
 * What other plugins of the host bring. They are asked only where a story uses something of theirs, so that no other command
 * pays for it; one that fails or hangs is told of, and keeps nobody from the rest.
 */
import { resolve } from 'node:path';
import { Refusal } from '../terms/outcomes.ts';
import type { WorkloadOffers } from '../workload/index.ts';
import type { Place } from './locate.ts';

const ASK_MS = 5000;
const EVENT = 'gameday:workloads';

/** oclif's configuration, as far as it is needed here. */
export interface Host {
  bin: string;
  topicSeparator: string;
  runHook(
    event: string,
    options: object,
    timeoutMs: number,
    collectErrors: boolean,
  ): Promise<{
    successes: { result: unknown; plugin: { name: string } }[];
    failures: { error: Error; plugin: { name: string } }[];
  }>;
}

/** The module of the story's workload, URL or absolute path; null where it needs none. Throws Refusal `unsupported_stack` where nobody offers it. */
export async function findWorkloadModule(
  { story, folder }: Place,
  host: Host,
): Promise<string | null> {
  const { workload } = story;
  if (workload?.kind !== 'plugin') return null;
  const { use } = workload;
  if (/^(\.{1,2})?\//.test(use)) return resolve(folder, use);
  const { offers: all, notes } = await ask<WorkloadOffers>(host, EVENT);
  const offers = all.flatMap(({ offer }) => Object.entries(offer));
  const found = offers.find(([name, offer]) => name === use && typeof offer?.module === 'string');
  if (found) return found[1].module;
  const offered =
    offers.length > 0
      ? `Installed plugins offer: ${offers.map(([name]) => name).join(', ')}.`
      : 'No plugin offers any.';
  const broken = notes.map((note) => ` ${note}`).join('');
  throw new Refusal(
    'unsupported_stack',
    `No installed plugin offers the workload ${use}. ${offered}${broken}`,
    'Install the plugin that has it, or name a module beside the story: `use: ./load.mjs`.',
  );
}

/** What every plugin of the host answers to an event, and a sentence on each that failed. */
export async function ask<Offer extends object>(
  host: Host,
  event: string,
): Promise<{ offers: { plugin: string; offer: Offer }[]; notes: string[] }> {
  const { successes, failures } = await host.runHook(event, {}, ASK_MS, true);
  const offers = successes.map(({ result, plugin }) => ({
    plugin: plugin.name,
    offer: (result ?? {}) as Offer,
  }));
  const notes = failures.map(
    ({ error, plugin }) => `${plugin.name} failed when it was asked: ${error.message}.`,
  );
  return { offers, notes };
}
