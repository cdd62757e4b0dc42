/** `notify:` of the story: whom it names is told by a webhook. An address that the environment lacks is said, and hinders nothing. */
import { Occasions } from '../../run/occasion.ts';
import type { Outgoing } from '../../run/outgoing.ts';
import type { Run } from '../../run/run.ts';
import type { NotifySpec } from '../../story/outlet-spec.ts';
import { renderNotification } from '../../view/outlets/notification.ts';
import type { Outlet } from './outlet.ts';
import { Webhook, type WebhookLimits } from './webhook.ts';

export interface NotifyOptions {
  env: NodeJS.ProcessEnv;
  warn(text: string): void;
  /** Ids of the faults whose recovery has failed before, so that it has been said. */
  known: ReadonlySet<string>;
  limits?: WebhookLimits;
}

export class Notify implements Outlet {
  readonly #webhooks: { spec: NotifySpec; webhook: Webhook }[];
  readonly #occasions: Occasions;

  constructor(specs: readonly NotifySpec[], { env, warn, known, limits }: NotifyOptions) {
    this.#occasions = new Occasions(known);
    this.#webhooks = specs.flatMap((spec) => {
      const address = addressOf(spec, env);
      if ('problem' in address) {
        warn(`notify ${spec.url_env}: ${address.problem}, so that nobody is told there.`);
        return [];
      }
      return [{ spec, webhook: new Webhook({ name: spec.url_env, ...address }, warn, limits) }];
    });
  }

  tell(outgoing: Outgoing, run: Run | null): void {
    if (!run) return;
    for (const occasion of this.#occasions.of(outgoing, run, new Date().toISOString()))
      for (const { spec, webhook } of this.#webhooks) {
        const on: readonly string[] = spec.on;
        if (!on.includes(occasion.occasion)) continue;
        const { path, body } = renderNotification(spec.as, occasion);
        webhook.send({ name: occasion.occasion, path, body: JSON.stringify(body) });
      }
  }

  async flush(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#webhooks.map(({ webhook }) => webhook.flush(signal)));
  }
}

/** What is wrong is said without what the variable holds. */
function addressOf(
  { url_env, token_env, as }: NotifySpec,
  env: NodeJS.ProcessEnv,
): { url: string; headers: Record<string, string> } | { problem: string } {
  const url = env[url_env]?.trim() ?? '';
  if (url === '') return { problem: 'the environment has no such variable' };
  const parsed = URL.parse(url);
  if (parsed?.protocol !== 'https:' && parsed?.protocol !== 'http:')
    return { problem: 'the variable holds no http address' };
  const token = token_env === null ? null : (env[token_env]?.trim() ?? '');
  if (token === '') return { problem: `the environment has no ${token_env}` };
  return {
    // What is below the address of Grafana comes after it; a webhook's address is whole.
    url: as === 'grafana' ? url.replace(/\/+$/, '') : url,
    headers: token === null ? {} : { authorization: `Bearer ${token}` },
  };
}
