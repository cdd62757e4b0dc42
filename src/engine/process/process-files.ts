/** A stack of local processes as a Procfile tells it, or as an example that needs nothing but Node. */
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Choices, draftProcess, type Frame } from '../../story/draft/draft.ts';
import type { ProcessService } from '../../story/story.ts';
import { findUpwards } from '../../system/files.ts';
import { Refusal } from '../../terms/outcomes.ts';
import type { StackOf } from '../engine-kind.ts';
import type { DraftableStack, OpenDraft } from '../stack-files.ts';
import { parseProcfile } from './procfile.ts';
import { PROCFILE } from './procfile-name.ts';

/** `isAsked`: for processes, so that the example is meant where there is no Procfile. Throws Refusal `invalid_story`. */
export async function findStack(cwd: string, isAsked: boolean): Promise<DraftableStack | null> {
  const procfile = findUpwards(cwd, [PROCFILE]);
  if (procfile !== null) {
    const home = dirname(procfile);
    const services = parseProcfile(readFileSync(procfile, 'utf8'), home);
    const open = async (_: string, frame: Frame) => openDraft(services, home, frame);
    return { folder: home, source: PROCFILE, isNamed: false, open };
  }
  if (!isAsked) return null;
  const open = async (folder: string, frame: Frame) => openDraft(null, folder, frame);
  return { folder: cwd, source: null, isNamed: false, open };
}

/** Throws Refusal `unsupported_stack` or `invalid_story`. */
export async function readStandIn(folder: string): Promise<Pick<StackOf, 'services'>> {
  let text: string;
  try {
    text = readFileSync(join(folder, PROCFILE), 'utf8');
  } catch (error) {
    throw new Refusal(
      'unsupported_stack',
      `The process engine needs services, and there is neither a story nor a ${PROCFILE} in ${folder}.`,
      'story init --engine process',
      [],
      { cause: error },
    );
  }
  return { services: parseProcfile(text, folder) };
}

/** `services`: null for the example. */
function openDraft(
  services: Record<string, ProcessService> | null,
  folder: string,
  frame: Frame,
): OpenDraft {
  const draft = (choices: Choices) => draftProcess(services, basename(folder), choices, frame);
  const { service: best } = draft({ service: null, url: null });
  const names = Object.keys(services ?? {});
  const offered = [best, ...names.filter((name) => name !== best)].map((service) => ({
    service,
    why: 'it is in the Procfile.',
  }));
  return { offers: services === null ? [] : offered, draft };
}
