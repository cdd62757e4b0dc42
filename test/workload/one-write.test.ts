import { Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { holdForThisTurn } from '../../src/workload/kinds/one-write.ts';

describe('what is due at the same moment', () => {
  it('leaves in one write and in its order, and what comes later in another', async () => {
    const writes: string[] = [];
    const stream = new Writable({
      decodeStrings: false,
      write: (chunk, _encoding, done) => {
        writes.push(String(chunk));
        done();
      },
      writev: (chunks, done) => {
        writes.push(chunks.map(({ chunk }) => chunk).join(''));
        done();
      },
    });
    const send = (text: string) => {
      holdForThisTurn(stream);
      stream.write(text);
    };
    for (const text of ['a', 'b', 'c']) send(text);
    expect(writes).to.deep.equal([]);
    await nextTurn();
    expect(writes).to.deep.equal(['abc']);
    send('d');
    await nextTurn();
    expect(writes).to.deep.equal(['abc', 'd']);
    expect(stream.writableCorked).to.equal(0);
  });

  it('is nothing to a connection that is not there, or is gone meanwhile', async () => {
    expect(() => holdForThisTurn(undefined)).not.to.throw();
    const stream = new Writable({ write: (_chunk, _encoding, done) => done() });
    holdForThisTurn(stream);
    stream.destroy();
    await nextTurn();
    expect(stream.destroyed).to.equal(true);
  });
});
