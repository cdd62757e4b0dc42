/**
 * Whether an alert fires now, asked of the server that knows: Prometheus' `/api/v1/alerts`, Alertmanager's `/api/v2/alerts`, and the
 * Alertmanager that Grafana has in it. Met: it fires. A server that cannot be asked says nothing of it.
 */
import * as v from 'valibot';
import type { ProbeState } from '../../impact/probe-impact.ts';
import type { AlertSource, AlertSpec } from '../../story/alert-spec.ts';
import { bareUrl } from '../userinfo.ts';
import { requestWithin } from './request.ts';

type Server = Exclude<AlertSource, { source: 'webhook' }>;

const Labels = v.record(v.string(), v.string());
const OfPrometheus = v.object({
  data: v.object({ alerts: v.array(v.object({ labels: Labels, state: v.string() })) }),
});
const OfAlertmanager = v.array(
  v.object({ labels: Labels, status: v.object({ state: v.string() }) }),
);

interface Listed {
  labels: Record<string, string>;
  fires: boolean;
}

/** An Alertmanager lists only what fires; what it silences or inhibits fires, too. */
const FAMILIES: Record<Server['source'], { path: string; parse(body: unknown): Listed[] | null }> =
  {
    prometheus: {
      path: 'api/v1/alerts',
      parse: (body) => {
        const { success, output } = v.safeParse(OfPrometheus, body);
        if (!success) return null;
        return output.data.alerts.map(({ labels, state }) => ({
          labels,
          fires: state === 'firing',
        }));
      },
    },
    alertmanager: { path: 'api/v2/alerts', parse: parseAlertmanager },
    grafana: { path: 'api/alertmanager/grafana/api/v2/alerts', parse: parseAlertmanager },
  };

function parseAlertmanager(body: unknown): Listed[] | null {
  const { success, output } = v.safeParse(OfAlertmanager, body);
  return success ? output.map(({ labels }) => ({ labels, fires: true })) : null;
}

/** Not known where the server cannot be asked, or answers otherwise. Never rejects. */
export async function lookAlert(
  { name, labels }: AlertSpec,
  { source, url, headers }: Server,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<{ state: ProbeState; text: string }> {
  const family = FAMILIES[source];
  const where = bareUrl(url);
  const at = new URL(url);
  at.pathname = `${at.pathname.replace(/\/+$/, '')}/${family.path}`;
  const answer = await requestWithin({
    url: at.href,
    headers,
    timeoutMs,
    signal,
    isEnough: () => false,
  });
  if ('failure' in answer) return { state: 'unknown', text: `${where} ${answer.failure}` };
  const listed = answer.status === 200 && !answer.cut ? family.parse(asJson(answer.body)) : null;
  if (listed === null) {
    const text = `${where} answered ${answer.status}, and not as ${source} does`;
    return { state: 'unknown', text };
  }
  const fires = listed.some((alert) => alert.fires && isMeant({ name, labels }, alert.labels));
  return { state: fires ? 'met' : 'not_met', text: fires ? 'firing' : 'not firing' };
}

/** By its label `alertname`, and all labels that are asked for. */
export function isMeant(
  { name, labels }: Pick<AlertSpec, 'name' | 'labels'>,
  of: Readonly<Record<string, string>>,
): boolean {
  return of.alertname === name && Object.entries(labels).every(([key, value]) => of[key] === value);
}

function asJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
