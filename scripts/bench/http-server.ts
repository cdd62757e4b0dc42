/**
 * The server of the HTTP benchmarks, in a process of its own, so fast that it is not what is measured: it answers each end
 * of a request's head with two bytes, and reads nothing else. Says on stdout where it listens.
 */
import { type AddressInfo, createServer } from 'node:net';

const END_OF_HEAD = '\r\n\r\n';
const ANSWER = Buffer.from(
  'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok',
);

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    for (
      let at = chunk.indexOf(END_OF_HEAD);
      at >= 0;
      at = chunk.indexOf(END_OF_HEAD, at + END_OF_HEAD.length)
    )
      socket.write(ANSWER);
  });
});
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () =>
  console.log((server.address() as AddressInfo).port),
);
