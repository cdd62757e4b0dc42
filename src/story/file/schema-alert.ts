/** The part of the story's schema that names an alert: who is asked for it, or on which port it is told. */
import * as v from 'valibot';
import type { AlertSource, AlertSpec } from '../alert-spec.ts';
import { WordSchema } from './schema-command.ts';
import { about, exactlyOne, mapping, notBeside, table } from './schema-shapes.ts';
import { duration, httpUrl, text, wholeNumber } from './schema-terms.ts';

const SERVERS = ['alertmanager', 'prometheus', 'grafana'] as const;
const SOURCES = [...SERVERS, 'webhook'] as const;

const server = (what: string, example: string) =>
  v.optional(about(httpUrl(), `The URL of ${what}, which is asked every second.`, [example]));

export const AlertSchema = about(
  v.pipe(
    mapping(
      {
        alertmanager: server('an Alertmanager', 'http://127.0.0.1:9093'),
        prometheus: server('a Prometheus server that evaluates the rule', 'http://127.0.0.1:9090'),
        grafana: server('a Grafana with unified alerting', 'http://127.0.0.1:3000'),
        webhook: v.optional(
          about(
            wholeNumber(1, 65_535),
            'A port of 127.0.0.1 on which the watchdog takes what pages people: JSON of Alertmanager, or {"name", "status"}.',
            [9095],
          ),
        ),
        name: about(text('the name of an alert'), 'Its label `alertname`.', ['StoreSlow']),
        labels: v.optional(
          about(
            table(text('a label'), text('a value'), 'label: value'),
            'Labels that it must have; it may have others.',
            [{ severity: 'page' }],
          ),
          {},
        ),
        within: about(
          duration({ minMs: 1000 }),
          'How long after the fault it must fire at the latest.',
          ['60s'],
        ),
        headers: v.optional(
          about(
            table(v.string(), WordSchema, 'header: value'),
            'Sent with the request, and never shown or recorded.',
          ),
        ),
      },
      `one of ${SOURCES.join(', ')}; name, within, labels, headers`,
    ),
    exactlyOne(SOURCES, 'Make a list item of each.'),
    notBeside({ headers: ['webhook'] }, 'Nobody is asked there.'),
    v.transform(({ name, labels, within, headers = {}, ...from }): AlertSpec => {
      const asked = SERVERS.find((each) => from[each] !== undefined);
      const source: AlertSource = asked
        ? { source: asked, url: from[asked] as string, headers }
        : { source: 'webhook', port: from.webhook as number };
      return { name, labels, within_ms: within, from: source };
    }),
  ),
  'An alert that the fault must set off, and how soon. How long it took until it fired, and until it resolved, is measured.',
);
