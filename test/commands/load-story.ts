/** A story on the process engine with a real load on its three `web`: what is measured there is measured. */
import { freePorts } from '../free-ports.ts';
import { SERVER } from './cli.ts';

/** `extra`: more top-level keys. The load asks the three in turn, so that each of them is a third of it. */
export async function loadStory(chapters: string, extra = ''): Promise<string> {
  const port = await freePorts(3);
  const urls = [0, 1, 2].map((index) => `http://127.0.0.1:${port + index}/healthz`);
  return `name: shop
engine: process
services:
  web: { command: ${JSON.stringify(SERVER)}, replicas: 3, port: ${port}, health: { http: /healthz } }
workload: { kind: http, urls: ${JSON.stringify(urls)}, rate: 60/s }
blast_radius: { max_unavailable: 100% }
${extra}
chapters:
${chapters}`;
}
