// Answers, and says who it is.
import { createServer } from 'node:http';

createServer((_, response) => response.end(`${process.pid}\n`)).listen(
  Number(process.env.PORT),
  '127.0.0.1',
);
