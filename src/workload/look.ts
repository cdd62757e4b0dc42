/** One look of a probe over the network: is it well or not, and in words why. Never rejects; keeps no connection. */
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { connect } from 'node:net';
import type { ProbeSpec } from '../story/story.ts';
import { errorKind } from './error-kinds.ts';
import { withoutUserinfo } from './userinfo.ts';

type HttpProbe = Extract<ProbeSpec, { look: 'http' }>;
type TcpProbe = Extract<ProbeSpec, { look: 'tcp' }>;

export interface Look {
  met: boolean;
  text: string;
}

/** An expected text is looked for in so much of the body. */
const MOST_BODY = 1_048_576;

export function look(probe: HttpProbe | TcpProbe): Promise<Look> {
  return probe.look === 'http' ? lookHttp(probe) : lookTcp(probe);
}

function lookHttp({ url, timeout_ms, expect_status, expect_body }: HttpProbe): Promise<Look> {
  const where = withoutUserinfo(url);
  return new Promise((resolve) => {
    const request = url.startsWith('https:') ? requestHttps : requestHttp;
    const signal = AbortSignal.timeout(timeout_ms);
    const fail = (error: Error) => resolve({ met: false, text: `${where} ${failure(error, signal, timeout_ms)}` });
    const asked = request(url, { agent: false, signal }, (response) => {
      const status = response.statusCode ?? 0;
      const isExpected = expect_status === null ? status >= 200 && status < 400 : status === expect_status;
      const answered = `${where} answered ${status}`;
      const say = (met: boolean, text: string) => {
        resolve({ met, text });
        asked.destroy();
      };
      if (!isExpected) return say(false, expect_status === null ? answered : `${answered} instead of ${expect_status}`);
      if (expect_body === null) return say(true, answered);
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
        if (body.includes(expect_body)) say(true, `${answered} with the expected text`);
        else if (body.length > MOST_BODY) say(false, `${answered} without the expected text in its first megabyte`);
      });
      response.on('end', () => say(false, `${answered} without the expected text`));
      response.on('error', fail);
    });
    asked.on('error', fail);
    asked.end();
  });
}

function lookTcp({ host, port, timeout_ms }: TcpProbe): Promise<Look> {
  const where = `${host}:${port}`;
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(timeout_ms);
    const socket = connect({ host, port, signal });
    socket.once('connect', () => {
      resolve({ met: true, text: `${where} accepts connections` });
      socket.destroy();
    });
    socket.once('error', (error) => resolve({ met: false, text: `${where} ${failure(error, signal, timeout_ms)}` }));
  });
}

function failure(error: Error, signal: AbortSignal, timeoutMs: number): string {
  if (signal.aborted) return `does not answer within ${timeoutMs} ms`;
  const kind = errorKind(error);
  return kind === 'refused' ? 'refuses connections' : `does not answer: ${kind}`;
}
