// One of the demo's three instances: a small quote service. Each request is a little real work: a line from a short
// book, with its checksum. Runs on node 20 and newer, without any package.
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { hostname } from 'node:os';

const BOOK = [
  'Everything fails, all the time.',
  'A backup is only as good as its last restore.',
  'Hope is not a strategy.',
  'What was never rehearsed will be improvised.',
  'The network is reliable, until it is asked to be.',
];

const { PORT = '18081', HOST = '127.0.0.1', GAMEDAY_SERVICE, GAMEDAY_NUMBER } = process.env;
const name = GAMEDAY_SERVICE ? `${GAMEDAY_SERVICE}-${GAMEDAY_NUMBER}` : hostname();
let served = 0;

const server = createServer((request, response) => {
  if (request.url === '/healthz') return response.end('well\n');
  const line = BOOK[served % BOOK.length];
  served += 1;
  if (served % 250 === 0) console.log(`${name} has served ${served} quotes`);
  response.setHeader('content-type', 'application/json');
  response.end(
    `${JSON.stringify({ line, sha256: createHash('sha256').update(line).digest('hex'), by: name, served })}\n`,
  );
});

server.listen(Number(PORT), HOST, () => console.log(`${name} listens on port ${PORT}`));

process.on('SIGTERM', () => {
  console.log(`${name} was asked to stop`);
  server.close(() => process.exit(0));
  server.closeAllConnections();
});
