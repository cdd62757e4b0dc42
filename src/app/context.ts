/** What a command hands to a use case, and the two things that nearly every use case begins with: the run, and the story and stack that are meant. */

import type { Catalogue } from '../fault/catalogue.ts';
import { type RunView, readRun } from '../journal/index.ts';
import { isUnderWay } from '../run/run.ts';
import { override } from '../story/overrides.ts';
import type { View } from '../view/view.ts';
import { fullCatalogue } from './catalogue.ts';
import { findWorkloadModule, type Host } from './contributions.ts';
import {
  findStateDir,
  flagsOfRun,
  type Place,
  type PlaceFlags,
  readPlace,
  readPlaceToRecover,
} from './locate.ts';
import type { Outlet } from './outlets/outlet.ts';

/** The flags that several commands share. */
export interface CommonFlags extends PlaceFlags {
  'allow-remote': boolean;
  /** Wait for another command that holds the run. */
  wait?: boolean;
  /** In place of what the story says; milliseconds. */
  countdown?: number | undefined;
  seed?: number | undefined;
  /** A file, or `-`: what happens, for other programs. */
  events?: string | undefined;
}

export interface Context {
  cwd: string;
  flags: CommonFlags;
  /** The CLI that the command is part of, as far as it can be asked for what other plugins bring. */
  host: Host;
  /** The command as it was typed, topic and verb first, without the bin: `['fault', 'inject', 'kill', '--count', '2']`. */
  typed: readonly string[];
  /** Of gameday, not of the host. */
  version: string;
  /** Asks on the terminal; an empty answer where no more input comes. Null where nobody can be asked. `next`: to type after Ctrl-C. */
  ask: ((question: string, next: string) => Promise<string>) | null;
  /** A line for people beside the result. */
  say(text: string): void;
  /** As `say`, once for each text: for what every look finds again. */
  warn(text: string): void;
  /** Where a transition shows itself: one view a command, closed by the command. */
  openView(): Promise<Pick<View, 'show'>>;
  /** Where a transition is told to other programs, opened by the first one and closed by the command; empty where nobody asked. Throws Refusal `usage`. */
  openEvents(): Promise<readonly Outlet[]>;
  /** While `work` lasts, a signal aborts it in order instead of ending the process where it stands. */
  interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** What has been come across so far, for errors that name it. */
  seen: { stateDir: string | null; journal: string | null };
}

/** With what the plugins of the host bring. */
export async function askCatalogue(context: Context): Promise<Catalogue> {
  const { catalogue, notes } = await fullCatalogue(context.host);
  for (const note of notes) context.warn(note);
  return catalogue;
}

/** The run as it stands, without lock or engine. Throws as `readRun` of the journal does. */
export function currentView(context: Context): RunView {
  const { seen } = context;
  seen.stateDir = findStateDir(context.flags, context.cwd);
  const view = readRun(seen.stateDir);
  seen.journal = view.path;
  for (const warning of view.warnings) context.warn(warning);
  return view;
}

/**
 * The story and stack that are meant: those of the run under way, unless the flags say otherwise. `recovers`: for what only
 * recovers, which must not fail for want of a story that can be read or of a workload.
 */
export async function findPlace(context: Context, { recovers = false } = {}): Promise<Place> {
  const { flags, cwd, seen } = context;
  const { run } = currentView(context);
  const underWay = run && isUnderWay(run) ? run : null;
  const { place, note } =
    underWay && recovers
      ? await readPlaceToRecover(flags, underWay, cwd)
      : {
          place: await readPlace(underWay ? flagsOfRun(flags, underWay, cwd) : flags, cwd, {
            plugins: () => askCatalogue(context),
          }),
          note: null,
        };
  if (note !== null) context.warn(note);
  seen.stateDir = place.stateDir;
  const story = override(place.story, { countdown_ms: flags.countdown, seed: flags.seed });
  const found = findWorkloadModule(place, context.host);
  return { ...place, story, workloadModule: await (recovers ? found.catch(() => null) : found) };
}
