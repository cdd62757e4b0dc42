/**
 * A helper container that stays after its maker is gone, for as long as its script says itself, and bears a name by which any
 * later command finds and ends it. Its script says `ready` when it has done what it is for, with what has to be known of it on the
 * same line; what it says before that is why it cannot.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Instance, label } from '../../fault/instance.ts';
import { EngineError } from '../../terms/outcomes.ts';
import type { InspectedContainer, ListedContainer } from './docker-answers.ts';
import { type DockerApi, wordsOf } from './docker-api.ts';
import { bodyOf, type HelperSpec, removeHelper, TARGET } from './docker-helper.ts';
import { linesOf } from './docker-logs.ts';

const CHANGE_MS = 30_000;
/** From the signal by which it is told to end to the one by which it is ended. */
const GRACE_S = 5;
const GONE_MS = 10_000;
const LOOK_EVERY_MS = 25;
const READY = /^ready\b\s*(.*)$/;

export async function isStanding(api: DockerApi, name: string): Promise<boolean> {
  return (await stateOf(api, name)) === 'running';
}

/**
 * Idempotent. Returns when it is ready, what it said behind that word. Throws EngineError, with nothing of it left where that is definite. `readyMs`: how long that
 * may take.
 */
export async function stand(
  api: DockerApi,
  name: string,
  target: Instance,
  spec: HelperSpec,
  readyMs: number,
): Promise<string> {
  const { what } = spec;
  const refused = (said: string, reason: number | string) =>
    new EngineError(`The ${what} failed: ${said}.`, { definite: true, reason, next: 'fault list' });
  if (!(await isStanding(api, name))) {
    await removeHelper(api, name); // One that was made, and whose maker was killed before it was started.
    const body = bodyOf(spec);
    const kept = { ...body, HostConfig: { ...body.HostConfig, LogConfig: { Type: 'json-file' } } };
    const made = await api.change(what, `/containers/create?name=${name}`, {
      timeoutMs: CHANGE_MS,
      body: kept,
    });
    if (made.status !== 201) throw refused(wordsOf(made.body), made.status);
    const started = await api.change(what, `/containers/${name}/start`, { timeoutMs: CHANGE_MS });
    if (started.status >= 400) {
      await removeHelper(api, name);
      throw refused(wordsOf(started.body), started.status);
    }
  }
  for (const end = performance.now() + readyMs; ; await delay(LOOK_EVERY_MS)) {
    const said = await outputOf(api, name);
    const ready = said?.map((line) => READY.exec(line)?.[1]).find((rest) => rest !== undefined);
    if (ready !== undefined) return ready;
    const why =
      said?.at(-1) ?? (said === null ? `what carries it beside ${label(target)} has ended` : null);
    if (why !== null) {
      await endStanding(api, name, what);
      throw refused(why, 'not_ready');
    }
    if (performance.now() < end) continue;
    throw new EngineError(`The ${what} is not done after ${readyMs / 1000} s.`, {
      definite: false,
      next: 'fault recover',
    });
  }
}

/** Idempotent. Returns when it is gone. Throws EngineError. */
export async function endStanding(api: DockerApi, name: string, what: string): Promise<void> {
  if ((await stateOf(api, name)) === null) return;
  await api.change(what, `/containers/${name}/stop?t=${GRACE_S}`, { timeoutMs: CHANGE_MS });
  await removeHelper(api, name);
  for (const end = performance.now() + GONE_MS; (await stateOf(api, name)) !== null; ) {
    if (performance.now() > end)
      throw new EngineError(`The end of the ${what} is not seen: the container ${name} is there.`, {
        definite: false,
        next: 'fault recover',
      });
    await delay(LOOK_EVERY_MS);
  }
}

/** Names, with this beginning, of those for a container, whether they run or not. Throws as a look at the engine does. */
export async function standingFor(
  api: DockerApi,
  prefix: string,
  target: string,
): Promise<string[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`${TARGET}=${target}`] }));
  const all = await api.read<ListedContainer[]>(`/containers/json?all=1&filters=${filters}`);
  const names = (all ?? []).map(({ Names }) => Names?.[0]?.replace(/^\//, '') ?? '');
  return names.filter((name) => name.startsWith(prefix));
}

/** Null: there is none. */
async function stateOf(api: DockerApi, name: string): Promise<string | null> {
  const found = await api.read<InspectedContainer>(`/containers/${name}/json`);
  return found && (found.State.Status ?? '');
}

/** Lines of its output; null: it is gone. */
export async function outputOf(api: DockerApi, name: string): Promise<string[] | null> {
  const { status, body } = await api.look(`/containers/${name}/logs?stdout=1&stderr=1`);
  return status === 200 ? linesOf(body, false, Number.MAX_SAFE_INTEGER) : null;
}
