/** How the end of a helper that failed is told. */
import { type Instance, label } from '../../fault/instance.ts';
import { EngineError } from '../../terms/outcomes.ts';
import type { HelperEnd } from './docker-helper.ts';

/** `what`: `change of the network`. `definite`: nothing was changed for sure. */
export function failed(
  target: Instance,
  what: string,
  end: HelperEnd,
  definite: boolean,
): EngineError {
  const reason = end.refused === null ? (end.code ?? 'no_exit_code') : end.status;
  const next = definite ? 'fault list' : 'fault recover';
  return new EngineError(`The ${what} of ${label(target)} failed: ${saidBy(end)}.`, {
    definite,
    reason,
    next,
  });
}

/** In one line. */
export function saidBy(end: HelperEnd): string {
  if (end.refused !== null) return `${end.refused} (${end.status})`;
  const said = end.stderr.split('\n').find((line) => line.trim() && !/^Warning/.test(line));
  return said || `the container made for it ended with exit code ${end.code ?? 'unknown'}`;
}
