/**
 * A container that lives for one script beside a target: with its namespace and no more rights than it needs, and gone when
 * the script has ended. Its labels say what it is for and which process made it, so that one whose maker was killed before it
 * was started is found and removed by whoever acts on the target next.
 */

import { checksum } from '../../system/checksum.ts';
import { machineId } from '../../system/machine.ts';
import { isAlive, lookAt } from '../../system/process-table.ts';
import type { Labels, ListedContainer } from './docker-answers.ts';
import { type DockerApi, wordsOf } from './docker-api.ts';
import { PROJECT_LABEL } from './docker-instance.ts';
import { streamsOf } from './docker-logs.ts';

const CHANGE_MS = 30_000;
/** Whose maker cannot be looked for here is left alone this long, by whatever clock. */
const FOREIGN_S = 60;

const PURPOSE = 'gameday.made-for';
export const TARGET = 'gameday.target';
const MAKER = 'gameday.made-by';

export interface HelperSpec {
  /** Completes "the … may have happened": `crash of web-1`. */
  what: string;
  purpose: 'crash' | 'network' | 'processes' | 'disk' | 'files' | 'http' | 'io' | 'stress';
  /** Full id of the container that it is made for. */
  target: string;
  image: string;
  /** For /bin/sh; `args` are $1 and the following. */
  script: string;
  args?: readonly string[];
  /** Its namespaces and rights, as the engine's `HostConfig` has them. Where nothing is said it has no network. */
  rights: Record<string, unknown>;
}

/** `refused`: the engine did not run it, and nothing of it happened. `code`: null where the engine did not tell. */
export type HelperEnd =
  | { refused: string; status: number }
  | { refused: null; code: number | null; stdout: string; stderr: string };

/** Resolves when it has ended and is gone. Throws EngineError. */
export async function runHelper(api: DockerApi, spec: HelperSpec): Promise<HelperEnd> {
  const { what } = spec;
  const ask = (path: string, onHead?: () => void) =>
    api.change(what, path, { timeoutMs: CHANGE_MS, onHead });
  const body = bodyOf(spec);
  const created = await api.change(what, '/containers/create', { timeoutMs: CHANGE_MS, body });
  if (created.status !== 201) return { refused: wordsOf(created.body), status: created.status };
  const { Id: id } = JSON.parse(created.body.toString()) as { Id: string };
  let isOver = false;
  try {
    // Both are asked for before it runs: it may be over, and gone, before the engine has answered the start.
    const attached = Promise.withResolvers<void>();
    const output = ask(`/containers/${id}/attach?stream=1&stdout=1&stderr=1`, attached.resolve);
    const ended = ask(`/containers/${id}/wait?condition=removed`);
    const both = Promise.all([output, ended]);
    both.catch(() => {}); // Told below, or the start's own error is.
    await Promise.race([attached.promise, both]);
    const started = await ask(`/containers/${id}/start`);
    if (started.status !== 204) return { refused: wordsOf(started.body), status: started.status };
    const [told, end] = await both;
    isOver = end.status === 200;
    const code = isOver
      ? (JSON.parse(end.body.toString()) as { StatusCode: number }).StatusCode
      : null;
    return { refused: null, code, ...streamsOf(told.body) };
  } finally {
    if (!isOver) await removeHelper(api, id);
  }
}

/** Never rejects: what is left is found again by its labels. */
export async function removeHelper(
  api: DockerApi,
  id: string,
  { volumes = true } = {},
): Promise<void> {
  const path = `/containers/${id}?force=1&v=${Number(volumes)}`;
  await api.change('clean-up', path, { method: 'DELETE', timeoutMs: CHANGE_MS }).catch(() => {});
}

/** As the engine is asked for it. */
export function bodyOf({ purpose, target, image, script, args = [], rights }: HelperSpec) {
  return {
    Image: image,
    Entrypoint: ['/bin/sh', '-c', script, 'sh', ...args],
    Cmd: [],
    User: '0:0',
    WorkingDir: '/',
    AttachStdout: true,
    AttachStderr: true,
    Labels: {
      // Images that Compose built carry labels of Compose, by which this one would be taken for a part of the stack.
      [PROJECT_LABEL]: '',
      [PURPOSE]: purpose,
      [TARGET]: target,
      ...madeByUs(),
    },
    Healthcheck: { Test: ['NONE'] },
    HostConfig: {
      AutoRemove: true,
      CapDrop: ['ALL'],
      ReadonlyRootfs: true,
      SecurityOpt: ['no-new-privileges'],
      LogConfig: { Type: 'none' },
      NetworkMode: 'none',
      ...rights,
    },
  };
}

/** A process as nobody else is: the machine, its pid, and when it began. */
function makerOf(pid: number): string {
  return `${checksum(machineId())} ${pid} ${lookAt([pid]).get(pid)?.identity ?? ''}`;
}

/** By which it is known whether whoever made it is there still. */
export function madeByUs(): Labels {
  return { [MAKER]: makerOf(process.pid) };
}

/** One of ours, or a copy that one of ours made. */
export function isOurs({ Labels }: ListedContainer): boolean {
  return Labels?.[MAKER] !== undefined;
}

/** A helper whose maker is gone, or that is far too old. */
export interface Stray {
  id: string;
  purpose: string;
  /** Id of the container that it was made for. */
  target: string;
  state: string;
}

/** Those that stay for as long as the fault. */
const CARRIERS: ReadonlySet<string> = new Set<HelperSpec['purpose']>(['http', 'io', 'stress']);

/** Helpers that nobody waits for any more. One that carries a fault is not waited for while it runs, and ends by itself. */
export async function straysOf(api: DockerApi): Promise<Stray[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: [PURPOSE] }));
  const all = await api.read<ListedContainer[]>(`/containers/json?all=1&filters=${filters}`);
  const carries = ({ Labels, State }: ListedContainer) =>
    CARRIERS.has(Labels?.[PURPOSE] ?? '') && State === 'running';
  return (all ?? [])
    .filter((each) => isOrphan(each) && !carries(each))
    .map(({ Id, Labels, State = '' }) => ({
      id: Id,
      purpose: Labels?.[PURPOSE] ?? '',
      target: Labels?.[TARGET] ?? '',
      state: State,
    }));
}

/** Whoever made it is gone, or may be. */
export function isOrphan({ Labels, Created = 0 }: ListedContainer): boolean {
  const labels = Labels ?? {};
  const ageS = Date.now() / 1000 - Created;
  const [machine, pid] = (labels[MAKER] ?? '').split(' ');
  if (machine !== checksum(machineId())) return ageS > FOREIGN_S;
  return !isAlive(lookAt([Number(pid)]).get(Number(pid))) || makerOf(Number(pid)) !== labels[MAKER];
}

/**
 * Removes those for these containers that were never started: whoever made them was killed before that. Never rejects: it is a
 * clean-up beside something that matters. `targets`: asked for only where there are some.
 */
export async function removeStrays(
  api: DockerApi,
  targets: () => Promise<readonly string[]>,
): Promise<void> {
  try {
    const idle = (await straysOf(api)).filter(({ state }) => state === 'created');
    const mine = idle.length > 0 ? await targets() : [];
    for (const { id, target } of idle) if (mine.includes(target)) await removeHelper(api, id);
  } catch {
    // The next command tries again, and `story doctor` names what is left.
  }
}
