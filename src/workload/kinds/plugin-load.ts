/**
 * A load that another plugin brings, or a module beside the story: it does the operations, gameday keeps the time. Loaded
 * only where a story has such a workload, and only in the watchdog, so that no command runs what it has not asked for.
 */
import { pathToFileURL } from 'node:url';
import type { PluginSpec } from '../../story/workload-spec.ts';
import { Refusal } from '../../terms/outcomes.ts';
import type { OpenWorkload, Target } from '../contribution.ts';
import { errorKind } from '../error-kinds.ts';
import type { LoadOptions } from '../load.ts';
import { OpenLoop, type Operation } from '../pace/open-loop.ts';

/** Throws Refusal `unsupported_stack` where the module cannot be had, or does not keep to the interface. */
export async function openPluginLoad(
  spec: PluginSpec,
  { module = null, cwd: folder }: LoadOptions,
  random: () => number,
): Promise<OpenLoop> {
  if (module === null) throw failed(spec.use, 'no installed plugin offers it');
  const open = await importWorkload(spec.use, module);
  let target: Target;
  try {
    target = await open({
      with: spec.with,
      connections: spec.connections,
      timeout_ms: spec.timeout_ms,
      folder,
      random,
    });
  } catch (error) {
    throw failed(spec.use, (error as Error).message, error);
  }
  if (typeof target?.issue !== 'function' || typeof target.close !== 'function')
    throw failed(spec.use, 'it has not handed back { issue, close }');
  return new OpenLoop(spec, new Contained(target));
}

async function importWorkload(use: string, module: string): Promise<OpenWorkload> {
  let exported: { default?: unknown };
  try {
    exported = await import(module.includes('://') ? module : pathToFileURL(module).href);
  } catch (error) {
    throw failed(use, `${module} cannot be loaded: ${(error as Error).message}`, error);
  }
  if (typeof exported.default !== 'function')
    throw failed(use, `${module} has no default export that opens it`);
  return exported.default as OpenWorkload;
}

/** What a stranger's code throws is an operation that failed, and no end of the watchdog. */
class Contained implements Target {
  readonly #target: Target;

  constructor(target: Target) {
    this.#target = target;
  }

  issue(operation: Operation): void {
    try {
      this.#target.issue(operation);
    } catch (error) {
      operation.settle(errorKind(error));
    }
  }

  async close(): Promise<void> {
    await this.#target.close();
  }
}

function failed(use: string, why: string, cause?: unknown): Refusal {
  return new Refusal(
    'unsupported_stack',
    `The workload ${use} cannot be opened: ${why}.`,
    'story check',
    [],
    { cause },
  );
}
