/**
 * The abilities `network` and `http` of local processes: what the proxy before them does to the traffic of their declared ports.
 * The proxy stays when its process restarts, and so does what it does. It lifts each effect itself when its time is up.
 */
import type * as v from 'valibot';
import type { Effect, LiveEffect, Reading } from '../../fault/effect.ts';
import { HttpEffectSchema } from '../../fault/http-effect.ts';
import { type Instance, label } from '../../fault/instance.ts';
import { type NetworkEffect, NetworkEffectSchema } from '../../fault/network-effect.ts';
import { EngineError } from '../../terms/outcomes.ts';
import type { Ability, Engine, Hindrance } from '../engine.ts';
import { parseEffectBy } from '../parse-effect.ts';
import { readRoute } from './process-ports.ts';
import type { PortProxy } from './process-proxy.ts';
import type { Route, Rules, RulesOn } from './proxy/protocol.ts';

/** What was sent to the proxy by somebody who died has arrived by then. */
const SETTLE_MS = 1000;
const NEXT = 'Choose another target or kind of fault.';

/** `stateDir`: of the engine. */
export function proxyAbilities(proxy: PortProxy, stateDir: string): Engine['abilities'] {
  const world = { proxy, stateDir };
  return {
    network: createProxied(world, 'network', NetworkEffectSchema, whyNotNetwork),
    http: createProxied(world, 'http', HttpEffectSchema, whyNotPort),
  };
}

function createProxied<On extends RulesOn, S extends v.GenericSchema>(
  { proxy, stateDir }: { proxy: PortProxy; stateDir: string },
  on: On,
  schema: S,
  whyNotEffect: (effect: v.InferOutput<S>, route: Route) => string | null,
): Ability {
  const parse = (effect: Effect) => parseEffectBy(schema, effect);
  return {
    async whyNot(target, effect) {
      const route = readRoute(stateDir, target.id);
      if (route === null) return { why: whyNoRoute(target), next: NEXT };
      const why = whyNotEffect(parse(effect), route);
      if (why !== null) return { why, next: NEXT };
      return whyNotProxied(proxy, target, route);
    },

    async set(target, effects) {
      const route = readRoute(stateDir, target.id);
      if (route === null) {
        if (effects.length === 0) return;
        const message = `${label(target)} has no proxy before it.`;
        throw new EngineError(message, { definite: true, next: 'fault list' });
      }
      const rules = effects.map(({ fault, effect, deadline }) => ({
        fault,
        effect: parse(effect),
        until: deadline === null ? null : Date.parse(deadline),
      }));
      await proxy.set(target.id, on, rules as Rules[On]);
    },

    async read(now, effects) {
      const route = readRoute(stateDir, now.id);
      const status = route && (await proxy.settledStatus());
      const holding: readonly string[] = status?.routes[now.id]?.holding[on] ?? [];
      return effects.map(
        ({ fault }: LiveEffect): Reading => ({
          state: holding.includes(fault) ? 'in_force' : 'absent',
        }),
      );
    },

    settleMs: () => SETTLE_MS,
  };
}

function whyNoRoute({ service }: Instance): string {
  return `it was started without a port that clients come to (\`services.${service}.port\` in the story)`;
}

/** Clients must come through the proxy, or nothing would be felt. */
async function whyNotProxied(
  proxy: PortProxy,
  { id, service, state }: Instance,
  { listen, to }: Route,
): Promise<Hindrance | null> {
  if (state !== 'running') return null;
  const route = (await proxy.settledStatus())?.routes[id];
  if (route?.state !== 'waiting') return null;
  const why =
    route.problem === null
      ? `it does not listen on the port ${to} that it was given as PORT, so that no proxy can stand before its port ${listen}`
      : `the proxy before it cannot listen on port ${listen}: ${route.problem}`;
  const next = `Let \`services.${service}.command\` take its port from PORT, as in \`[sh, -c, 'exec server --port "$PORT"']\`.`;
  return { why, next };
}

function whyNotNetwork(effect: NetworkEffect, route: Route): string | null {
  if (effect.does === 'no_dns')
    return 'a process asks the names of this machine, which everybody on it asks';
  if (effect.does === 'duplicate' || effect.does === 'corrupt' || effect.does === 'reorder')
    return 'the proxy before it passes on streams, whose bytes arrive once, whole and in order, and no packets';
  if ('correlation' in effect || 'distribution' in effect)
    return 'the proxy before it draws each lot for itself, and evenly: correlation and distribution take containers';
  const { peers, port } = effect;
  if (peers !== null)
    return `clients on one machine cannot be told apart, so that traffic with ${peers.join(', ')} alone is out of reach`;
  return whyNotPort({ port }, route);
}

function whyNotPort(
  { port }: { port?: number | null | undefined },
  { listen }: Route,
): string | null {
  if (typeof port !== 'number' || port === listen) return null;
  return `its traffic goes through port ${listen}, and none through ${port}`;
}
