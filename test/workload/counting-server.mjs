// An HTTP server in a process of its own, to be killed: says its port, then counts requests until its parent asks.
import { createServer } from 'node:http';

let seen = 0;
const server = createServer((_request, response) => {
  seen++;
  response.end('ok');
});
process.on('message', () => process.send({ seen }));
process.on('disconnect', () => process.exit(0));
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () =>
  process.send({ port: server.address().port }),
);
