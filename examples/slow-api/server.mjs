// A small API of prices. It listens on the port that it is given in PORT; its clients come to another one, through a proxy
// of gameday. Runs on node 20 and newer, without any package.
import { createServer } from 'node:http';

const { PORT = '18091', GAMEDAY_PORT = PORT } = process.env;

const server = createServer((request, response) => {
  if (request.url === '/healthz') return response.end('well\n');
  response.setHeader('content-type', 'application/json');
  response.end(`${JSON.stringify({ price: 100 + Math.round(Math.random() * 10) })}\n`);
});
server.listen(Number(PORT), '127.0.0.1', () =>
  console.log(`prices on port ${GAMEDAY_PORT}, behind it on ${PORT}`),
);

process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeAllConnections();
});
