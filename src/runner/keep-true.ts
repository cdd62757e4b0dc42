/**
 * Effects that rest on more than their target (the addresses of its peers) are made so again when that has changed: a peer
 * that comes back under another address stays cut off.
 */
import { effectsOn, liveFaults, type Run } from '../run/run.ts';
import { applySet, type InstancePorts } from './undo.ts';

export class KeepTrue {
  /** Target and ability -> what its effects rested on when they were last made so by us. */
  readonly #made = new Map<string, string>();

  /** Only what is known to have happened: a deed that is under way is its author's. Throws EngineError, or Refusal. */
  async keep(ports: InstancePorts, run: Run): Promise<void> {
    const targets = liveFaults(run)
      .filter(({ phase }) => phase === 'injected')
      .flatMap((fault) => fault.targets);
    for (const [id, target] of new Map(targets.map((each) => [each.id, each]))) {
      const effects = effectsOn(run, id, ports.now());
      for (const on of new Set(effects.map(({ effect }) => effect.on))) {
        const ability = ports.engine.abilities[on];
        const its = effects.filter(({ effect }) => effect.on === on);
        const word = await ability?.restsOn?.(target, its);
        const key = `${id} ${on}`;
        if (word == null || this.#made.get(key) === word) continue;
        await applySet(ports, target, [on], null);
        this.#made.set(key, word);
      }
    }
  }
}
