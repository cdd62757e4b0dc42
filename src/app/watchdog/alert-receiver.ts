/**
 * Takes what pages people: POSTs on a port of loopback, in Alertmanager's format or a generic one. What was told last of an alert is
 * so until something else is told. Answers 200 to what it understands, so that who pages does not try again.
 */
import type { Server } from 'node:http';
import type { AlertSpec } from '../../story/alert-spec.ts';
import { parseAlertPayload, type ToldAlert } from '../../workload/probes/alert-payload.ts';
import { isMeant } from '../../workload/probes/alerts.ts';
import type { Found } from './look-loop.ts';

const HOST = '127.0.0.1';
const MOST_BYTES = 1_048_576;
/** So many alerts are remembered; more than that are of no story. */
const MOST_ALERTS = 1000;

export class AlertReceiver {
  readonly #server: Server;
  /** By its labels: whether it fires. */
  readonly #told = new Map<string, ToldAlert>();
  #failure: string | null = null;
  #listens = false;

  constructor(port: number) {
    // A static import would load all of undici with it.
    const { createServer } = process.getBuiltinModule('node:http');
    this.#server = createServer((request, response) => {
      const answer = (status: number, text: string) => {
        response.writeHead(status, { 'content-type': 'text/plain' }).end(`${text}\n`);
      };
      if (request.method !== 'POST') return answer(405, 'POST alerts here.');
      let body = '';
      request.setEncoding('utf8');
      request.on('data', (text: string) => {
        body += text;
        if (body.length > MOST_BYTES) request.destroy();
      });
      request.on('error', () => {});
      request.on('end', () => {
        const alerts = parseAlertPayload(body);
        for (const alert of alerts ?? []) this.#take(alert);
        if (alerts) answer(200, 'taken');
        else
          answer(
            400,
            'Neither JSON of Alertmanager nor {"name", "status": "firing" or "resolved"}.',
          );
      });
    });
    this.#server.on('listening', () => {
      this.#listens = true;
    });
    this.#server.on('error', ({ message }) => {
      this.#failure = `nothing can be told on port ${port}: ${message}`;
    });
    this.#server.listen(port, HOST);
    this.#server.unref();
  }

  /** As it was told last; it does not fire before anything is told. */
  look(alert: AlertSpec): Found {
    if (this.#failure !== null) return { state: 'unknown', text: this.#failure };
    if (!this.#listens) return { state: 'unknown', text: 'the port is not open yet' };
    const fires = [...this.#told.values()].some(
      (each) => each.fires && isMeant(alert, each.labels),
    );
    return { state: fires ? 'met' : 'not_met', text: fires ? 'firing' : 'not firing' };
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #take(alert: ToldAlert): void {
    const key = JSON.stringify(Object.entries(alert.labels).sort());
    if (this.#told.size < MOST_ALERTS || this.#told.has(key)) this.#told.set(key, alert);
  }
}
