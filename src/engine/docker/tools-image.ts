/** The image whose programs run beside a target. It is never pulled by us: which one runs there is the team's decision. */
import { type Instance, label } from '../../fault/instance.ts';
import { EngineError } from '../../terms/outcomes.ts';
import type { Hindrance } from '../engine.ts';
import type { DockerApi } from './docker-api.ts';
import type { HelperSpec } from './docker-helper.ts';

const TOOLS_IMAGE = 'gameday-tools:1';

export interface ToolsImage {
  /** Its name. */
  wanted: string;
  /** Makes it: one line to type. */
  make: string;
  /** Why the image that is wanted cannot be used; null: it is on the engine. */
  whyLacking(): Promise<Hindrance | null>;
  /** One that is on the engine. Throws a definite EngineError where none is. */
  present(target: Instance): Promise<string>;
}

/** `wanted`: by the story, else the default one. `recorded`: by the run, whose story may be gone or changed. */
export function toolsImage(
  api: DockerApi,
  wanted: string | null,
  recorded: string | null,
): ToolsImage {
  const first = wanted ?? recorded ?? TOOLS_IMAGE;
  const isThere = async (name: string) =>
    (await api.read(`/images/${encodeURIComponent(name)}/json`)) !== null;
  const make = makeTools(first);
  let found: string | null = null;
  return {
    wanted: first,
    make,
    async whyLacking() {
      if (await isThere(first)) return null;
      return {
        why: `the image ${first}, with nft and tc, is not on the engine`,
        next: make,
      };
    },
    async present(target) {
      for (const name of new Set([first, recorded ?? TOOLS_IMAGE, TOOLS_IMAGE])) {
        if (found !== null) break;
        if (await isThere(name)) found = name;
      }
      if (found !== null) return found;
      const message = `Nothing can be run beside ${label(target)}: the image ${first}, with nft and tc, is not on the engine.`;
      throw new EngineError(message, {
        definite: true,
        reason: 'no_image',
        next: make,
      });
    },
  };
}

/** A helper of that image. `does`: as its `what`, without the target. Throws as `present` does. */
export async function helperBeside(
  tools: Pick<ToolsImage, 'present'>,
  target: Instance,
  { does, ...spec }: { does: string } & Omit<HelperSpec, 'what' | 'target' | 'image'>,
): Promise<HelperSpec> {
  const image = await tools.present(target);
  return { ...spec, what: `${does} of ${label(target)}`, target: target.id, image };
}

/** Makes the image: one line to type. */
function makeTools(name: string): string {
  return `printf 'FROM debian:12-slim\\nRUN apt-get update && apt-get install -y --no-install-recommends nftables iproute2 e2fsprogs haproxy\\n' | docker build -t ${name} -`;
}
