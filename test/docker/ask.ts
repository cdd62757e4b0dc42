/** One question to a Docker engine; a docker program for each would take longer than what is tested. */
import { get } from 'node:http';
import { json } from 'node:stream/consumers';

/** `host`: `unix:///…`. */
export function ask(host: string, path: string): Promise<any> {
  return new Promise((resolve, reject) => {
    const asked = get({ socketPath: host.replace('unix://', ''), path }, (response) =>
      json(response).then(resolve, reject),
    );
    asked.once('error', reject);
  });
}
