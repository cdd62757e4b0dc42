/**
 * The ability `http`: answers of an HTTP server in a container that are errors, late or cut off. A helper container that stays with the
 * faults has the target's network and runs a proxy in it; rules in that network lead to it what comes from outside. The target
 * is not changed, and what asks it from inside, as its health check, goes past the proxy.
 * A change of the set is a proxy of its own: the rules are turned to it in one step, and the one before ends with its answers.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Effect, LiveEffect, Reading } from '../../fault/effect.ts';
import { type HttpEffect, HttpEffectSchema } from '../../fault/http-effect.ts';
import { type Instance, isUp, label } from '../../fault/instance.ts';
import { checksum } from '../../system/checksum.ts';
import { EngineError, Refusal } from '../../terms/outcomes.ts';
import type { Ability, Hindrance } from '../engine.ts';
import { parseEffectBy } from '../parse-effect.ts';
import { type HelperEnd, runHelper } from './docker-helper.ts';
import { failed, saidBy } from './helper-failure.ts';
import { findPort } from './http-ports.ts';
import { keyOf, NO_PROXY, rightsIn, standProxy, tryProxy } from './http-proxy.ts';
import {
  faultsLed,
  type HttpRule,
  type InNetwork,
  IS_FREE,
  LOOK_HTTP,
  leadTo,
  mostOf,
  NO_RULES,
  NOT_OUR_TABLE,
  parseHttpLook,
} from './http-rules.ts';
import { type NetworkWorld, whyClosed } from './network.ts';
import { endStanding, outputOf, stand, standingFor } from './standing-helper.ts';
import { helperBeside } from './tools-image.ts';

/** A helper that was started does its work in this time, also when its author is dead. */
const SETTLE_MS = 5000;
/** From the start of a proxy to the moment it listens, on a machine that is busy. */
const READY_MS = 20_000;
/** A fault without a limit: about three years. */
const LONGEST_S = 100_000_000;
/** The rules end at the limit, and their proxy after them. */
const AFTER_S = 2;
const MEASURE_MS = 1500;
/** Of the names of proxies. */
const PREFIX = 'gameday-http-';
const NEXT = 'Choose another target or kind of fault.';

export function createHttp(world: Pick<NetworkWorld, 'api' | 'tools' | 'inspect'>): Ability {
  const { api, tools, inspect } = world;
  /** What was found out for a refusal is not asked again a moment later. */
  const found = new Map<string, number>();

  const run = async (target: Instance, does: string, script: string, network?: string) => {
    const rights = rightsIn(network ?? `container:${target.id}`);
    const spec = { does, purpose: 'http', script, rights } as const;
    return runHelper(api, await helperBeside(tools, target, spec));
  };

  const look = async (now: Instance) => {
    const end = await run(now, 'look at the network', LOOK_HTTP);
    if (end.refused === null && end.code === 0) return parseHttpLook(end.stdout);
    throw failed(now, 'look at the network', end, true);
  };
  /** A look that is under way is shared: all faults of a target are asked for at once. */
  const looks = new Map<string, Promise<InNetwork>>();
  const lookAt = (now: Instance): Promise<InNetwork> => {
    const looking = looks.get(now.id) ?? look(now).finally(() => looks.delete(now.id));
    looks.set(now.id, looking);
    return looking;
  };

  const portOf = async (target: Instance, effect: HttpEffect): Promise<number | Hindrance> => {
    const key = JSON.stringify([target.id, target.incarnation, effect.port]);
    const known = found.get(key);
    found.delete(key);
    if (known !== undefined) return known;
    const port = findPort(effect.port, (await look(target)).listeners, await exposed(target));
    if (typeof port === 'number') found.set(key, port);
    return port;
  };
  const exposed = async ({ id }: Instance): Promise<number[]> => {
    const seen = await api.read<{ Config: { ExposedPorts?: Record<string, unknown> | null } }>(
      `/containers/${id}/json`,
    );
    return Object.keys(seen?.Config.ExposedPorts ?? {}).flatMap((name) =>
      name.endsWith('/tcp') ? Number.parseInt(name, 10) : [],
    );
  };

  /** Idempotent. Returns the port at which it listens. */
  const startProxy = async (now: Instance, name: string, rules: readonly HttpRule[]) => {
    const most = mostOf(rules);
    const spec = await helperBeside(tools, now, {
      does: 'proxy',
      purpose: 'http',
      script: standProxy(rules),
      args: [String(most === null ? LONGEST_S : most + AFTER_S)],
      rights: rightsIn(`container:${now.id}`),
    });
    return Number(await stand(api, name, now, spec, READY_MS));
  };
  const lead = async (now: Instance, rules: readonly HttpRule[], port: number) => {
    const end = await run(now, 'change of the network', leadTo(rules, port));
    if (end.refused === null && end.code === 0) return;
    const isUntouched = [NOT_OUR_TABLE, NO_RULES].includes(codeOf(end) ?? 0);
    throw failed(now, 'change of the network', end, end.refused !== null || isUntouched);
  };
  const proxiesOf = (target: Instance) => standingFor(api, PREFIX, target.id);
  const endProxies = async (target: Instance, but: readonly string[] = []) => {
    for (const name of await proxiesOf(target))
      if (!but.includes(name)) await endStanding(api, name, `proxy of ${label(target)}`);
  };

  return {
    async whyNot(target, effect) {
      const parsed = parseEffect(effect);
      const closed = whyClosed(target);
      if (closed) return { why: closed, next: NEXT };
      const lacking = await tools.whyLacking();
      if (lacking) return lacking;
      const rules = [ruleOf('f1', { ...parsed, port: parsed.port ?? 80 }, null)];
      const [trial, own] = await Promise.all([
        run(target, 'trial', `${tryProxy(rules)}\n${leadTo(rules, 1)}`, 'none'),
        run(target, 'look at the network', IS_FREE),
      ]);
      if (codeOf(trial) === NO_PROXY)
        return { why: `the image ${tools.wanted} has no HAProxy`, next: tools.make };
      const why = whyFailed(trial, 'cannot do it') ?? whyFailed(own, 'cannot be looked at');
      if (why) return why;
      const port = await portOf(target, parsed);
      return typeof port === 'number' ? null : port;
    },

    async bind(target, effect) {
      const parsed = parseEffect(effect);
      const port = await portOf(target, parsed);
      if (typeof port === 'number') return { ...parsed, port };
      throw new Refusal('unsupported_target', `${label(target)}: ${port.why}.`, port.next);
    },

    async set(target, effects) {
      const rules = effects.map(({ fault, effect, deadline }) =>
        ruleOf(fault, withPort(parseEffect(effect)), deadline),
      );
      const now = await inspect(target.id);
      const isHere = (each: LiveEffect) => each.target.incarnation === now?.incarnation;
      const here = rules.filter((_, index) => isHere(effects[index] as LiveEffect));
      if (!now || !isUp(now)) return endProxies(target); // The rules are gone with its network.
      const before = await proxiesOf(now);
      const name = nameOf(target, effects);
      try {
        const port = here.length > 0 ? await startProxy(now, name, here) : 0;
        await lead(now, here, port);
      } catch (error) {
        // The one before is led to as it was.
        if (error instanceof EngineError && error.definite) await endProxies(now, before);
        throw error;
      }
      // Only now does nothing lead to those before.
      await endProxies(now, here.length > 0 ? [name] : []);
    },

    async read(now, effects) {
      const isHere = ({ target }: LiveEffect) =>
        isUp(now) && target.incarnation === now.incarnation;
      if (!effects.some(isHere)) return effects.map((): Reading => ({ state: 'absent' }));
      const led = faultsLed(await lookAt(now));
      return effects.map(
        (each): Reading => ({
          state: isHere(each) && led.has(each.fault) ? 'in_force' : 'absent',
        }),
      );
    },

    async measure(target, effect) {
      await delay(MEASURE_MS);
      const parsed = withPort(parseEffect(effect));
      const lines = await Promise.all((await proxiesOf(target)).map((name) => outputOf(api, name)));
      return countText(
        target,
        parsed,
        lines.flatMap((each) => each ?? []),
      );
    },

    settleMs: () => SETTLE_MS,
  };
}

/** `lines`: what the proxies said. */
function countText(target: Instance, effect: HttpRule['effect'], lines: readonly string[]): string {
  const key = keyOf({ effect });
  const last = lines.findLast((line) => line.startsWith(`seen ${key} `));
  const [requests = 0, hit = 0] = last?.split(' ').slice(2).map(Number) ?? [];
  const at = `port ${effect.port} of ${label(target)}`;
  if (requests === 0) return `no request that is meant has come to ${at} so far`;
  return `${hit} of ${requests} requests to ${at} were hit so far`;
}

/** One set of effects, one name. */
function nameOf({ id }: Instance, effects: readonly LiveEffect[]): string {
  const set = effects.map(({ fault, effect, deadline }) => [fault, effect, deadline]);
  return `${PREFIX}${id.slice(0, 12)}-${checksum(JSON.stringify(set))}`;
}

function ruleOf(fault: string, effect: HttpRule['effect'], deadline: string | null): HttpRule {
  return { fault, effect, left_ms: deadline === null ? null : Date.parse(deadline) - Date.now() };
}

/** Throws a definite EngineError for one that was recorded without a port. */
function withPort(effect: HttpEffect): HttpRule['effect'] {
  const { port } = effect;
  if (port !== undefined) return { ...effect, port };
  throw new EngineError('The fault was recorded without a port.', {
    definite: true,
    next: 'fault list',
  });
}

function whyFailed(end: HelperEnd, what: string): Hindrance | null {
  if (end.refused === null && end.code === 0) return null;
  if (codeOf(end) === NOT_OUR_TABLE)
    return {
      why: 'its network has an nft table "gameday_http" that is not ours',
      next: 'Remove it, or choose another target.',
    };
  if (codeOf(end) === NO_RULES)
    return {
      why: `the kernel of the engine's machine leads no connections to a proxy (its modules nft_tproxy and nft_socket): ${saidBy(end)}`,
      next: 'modprobe -a nft_tproxy nft_socket, on that machine.',
    };
  return { why: `the network of the engine's machine ${what}: ${saidBy(end)}`, next: NEXT };
}

function codeOf(end: HelperEnd): number | null {
  return end.refused === null ? end.code : null;
}

const parseEffect = (effect: Effect): HttpEffect => parseEffectBy(HttpEffectSchema, effect);
