/**
 * What somebody tells a webhook of alerts, in one list: Alertmanager's format (Grafana's is alike), and a generic one,
 * `{"name": "StoreSlow", "status": "firing", "labels": {…}}`. Pure.
 */
import * as v from 'valibot';

export interface ToldAlert {
  labels: Record<string, string>;
  fires: boolean;
}

const Labels = v.record(v.string(), v.string());
const Status = v.pipe(v.string(), v.toLowerCase());
const OfAlertmanager = v.object({
  alerts: v.array(v.object({ status: Status, labels: Labels })),
});
const Generic = v.object({
  name: v.string(),
  status: Status,
  labels: v.optional(Labels, {}),
});

const FIRES = ['firing', 'alerting', 'triggered', 'open'];
const RESOLVED = ['resolved', 'ok', 'normal', 'closed'];

/** Null for what is no such message. */
export function parseAlertPayload(body: string): ToldAlert[] | null {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return null;
  }
  const many = v.safeParse(OfAlertmanager, value);
  if (many.success) return told(many.output.alerts);
  const one = v.safeParse(Generic, value);
  if (!one.success) return null;
  const { name, status, labels } = one.output;
  return told([{ status, labels: { ...labels, alertname: name } }]);
}

/** Null where one of them neither fires nor is resolved. */
function told(alerts: { status: string; labels: Record<string, string> }[]): ToldAlert[] | null {
  if (alerts.some(({ status }) => ![...FIRES, ...RESOLVED].includes(status))) return null;
  return alerts.map(({ status, labels }) => ({ labels, fires: FIRES.includes(status) }));
}
