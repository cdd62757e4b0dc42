/** An alert that a fault is expected to set off, as the story has it. Pure. */

/** Who is asked for it, or, for a webhook, the loopback port on which it is told to us. */
export type AlertSource =
  | {
      source: 'alertmanager' | 'prometheus' | 'grafana';
      /** Of the server; its API is below it. */
      url: string;
      /** Name -> value, sent with the request; never shown or written down. */
      headers: Record<string, string>;
    }
  | { source: 'webhook'; port: number };

export interface AlertSpec {
  name: string;
  /** It has these, and may have others. */
  labels: Record<string, string>;
  /** From the fault until it fires. */
  within_ms: number;
  from: AlertSource;
}

/** What it is called in files and logs: one name for one alert, without what may sign somebody in. */
export function alertKey({ name, labels, from }: AlertSpec): string {
  const given = Object.entries(labels).map(([label, value]) => `${label}=${value}`);
  return `${name}${given.length > 0 ? `{${given.sort().join(',')}}` : ''} from ${from.source}`;
}
