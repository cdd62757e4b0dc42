/** A look over TCP: whether a connection is accepted. */
import { connect } from 'node:net';
import type { Look, ProbeOf } from '../../story/probe-spec.ts';
import { failureOf } from './request.ts';

export function lookTcp(
  { host, port, timeout_ms }: ProbeOf<'tcp'>,
  signal?: AbortSignal,
): Promise<Look> {
  const where = `${host}:${port}`;
  return new Promise((resolve) => {
    const limit = AbortSignal.timeout(timeout_ms);
    const either = signal ? AbortSignal.any([signal, limit]) : limit;
    const socket = connect({ host, port, signal: either });
    socket.once('connect', () => {
      resolve({ met: true, text: `${where} accepts connections` });
      socket.destroy();
    });
    socket.once('error', (error) =>
      resolve({ met: false, text: `${where} ${failureOf(error, either, limit, timeout_ms)}` }),
    );
  });
}
