/**
 * One look at the published ports of a stack, for a draft: what a name or a number makes one guess is tried where something
 * answers, and so is what nobody knows. A request for `/` is sent, and nothing else; not to what is known to speak otherwise.
 */
import { connect } from 'node:net';
import { isWorthALook } from '../story/draft/draft-entry-points.ts';
import type { PublishedPort, StackModel } from '../story/draft/draft-stack.ts';
import type { Engine } from './engine.ts';

const LIMIT_MS = 2000;
/** As much as tells one status from another protocol. */
const ENOUGH_BYTES = 12;
/** A file that publishes a whole range is not walked through. */
const MOST_LOOKS = 40;

export interface PortLooks {
  /** Without the ports at which nothing listens for us. */
  onlyOpen: boolean;
  /** As the engine reaches them; absent: as they stand. */
  openWays?: NonNullable<Engine['reach']>;
}

/**
 * The model with what was seen; where nothing listens, nothing is known. With `onlyOpen`,
 * to one that is known to speak otherwise a connection is opened, and nothing sent.
 */
export async function lookAtPorts(
  model: StackModel,
  { onlyOpen, openWays }: PortLooks = { onlyOpen: false },
): Promise<StackModel> {
  let looks = 0;
  const services = model.services.map(async (service) => {
    const ports = service.ports.map(async (port): Promise<PublishedPort[]> => {
      const asks = isWorthALook(service, port);
      if ((!asks && !onlyOpen) || ++looks > MOST_LOOKS) return onlyOpen ? [] : [port];
      const way = await openWays?.(port.host, port.port).catch(() => null);
      const seen = await lookAt(port, way ?? port, asks);
      if (seen === null) return onlyOpen ? [] : [port];
      return [seen === 'open' ? port : { ...port, seen }];
    });
    return { ...service, ports: (await Promise.all(ports)).flat() };
  });
  return { ...model, services: await Promise.all(services) };
}

/** The status of an HTTP answer, or `other`; without asking `open`; null where nobody listens. */
function lookAt(
  { host, port }: PublishedPort,
  at: { host: string; port: number },
  asks: boolean,
): Promise<number | 'other' | 'open' | null> {
  return new Promise((resolve) => {
    let text = '';
    let isOpen = false;
    const socket = connect({ host: at.host.replace(/^\[|\]$/g, ''), port: at.port });
    const end = () => {
      socket.destroy();
      if (isOpen && !asks) return resolve('open');
      const status = /^HTTP\/\d(?:\.\d)? (\d{3})/.exec(text)?.[1];
      resolve(isOpen ? (status === undefined ? 'other' : Number(status)) : null);
    };
    socket.setTimeout(LIMIT_MS, end);
    socket.on('connect', () => {
      isOpen = true;
      if (!asks) return end();
      socket.write(`GET / HTTP/1.1\r\nHost: ${host}:${port}\r\nConnection: close\r\n\r\n`);
    });
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (text.length >= ENOUGH_BYTES) end();
    });
    socket.on('error', end);
    socket.on('close', end);
  });
}
