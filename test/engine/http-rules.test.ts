/** What the ability `http` makes of a look into a container, and of a set of faults. Pure; what the kernel does with it is in `http.test.ts`. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { findPort } from '../../src/engine/docker/http-ports.ts';
import { standProxy } from '../../src/engine/docker/http-proxy.ts';
import { faultsLed, type HttpRule, parseHttpLook } from '../../src/engine/docker/http-rules.ts';

const rule = (fault: string, more: object = {}, left_ms: number | null = null): HttpRule => ({
  fault,
  effect: {
    on: 'http',
    port: 80,
    path: null,
    share: 1,
    status: null,
    delay_ms: 0,
    cut: null,
    ...more,
  },
  left_ms,
});
const LISTENING = [
  '   0: 0100007F:EE49 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1',
  '   1: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1',
  '   2: 0B00007F:9C41 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1',
  '   0: 00000000000000000000000001000000:EE49 00000000000000000000000000000000:0000 0A 0 0 0',
  '   1: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 0 0 0',
  '   2: 000080FE00000000000000000000007F:1F91 00000000000000000000000000000000:0000 0A 0 0 0',
];
const listing = (fault: string, port: number, elem: unknown[]) => [
  { set: { table: 'gameday_http', name: fault, elem } },
  {
    rule: {
      family: 'inet',
      table: 'gameday_http',
      comment: `gameday ${fault}`,
      expr: [{ counter: {} }, { tproxy: { family: 'ip', addr: '127.0.0.1', port } }],
    },
  },
];
const look = (...rules: object[]) =>
  parseHttpLook([JSON.stringify({ nftables: rules }), ...LISTENING, ''].join('\n'));

describe('rules that lead to a proxy in a container', () => {
  it('tells ports that are open to others from those of the inside', () => {
    const { listeners } = look();
    expect(listeners.filter(({ isInner }) => isInner)).to.have.length(3);
    expect(listeners.flatMap(({ port, isInner }) => (isInner ? [] : port))).to.deep.equal([
      80, 8080, 8081,
    ]);
  });

  it('finds the port that is meant, or says which there are', () => {
    const { listeners } = look();
    const why = (wanted?: number, exposed: number[] = []) => findPort(wanted, listeners, exposed);
    expect(why(8080)).to.equal(8080);
    expect(why(undefined, [80, 9999])).to.equal(80);
    expect(why()).to.deep.include({ why: 'it listens on the ports 80, 8080, 8081' });
    expect(why(undefined, [80, 8080])).to.deep.include({
      why: 'it listens on the ports 80, 8080, 8081',
    });
    expect(why(81)).to.deep.include({
      why: 'it listens on the ports 80, 8080, 8081, and not on 81',
    });
    expect(findPort(undefined, listeners.slice(0, 2), [])).to.equal(80);
    expect(findPort(80, listeners.slice(0, 1), []))
      .to.have.property('why')
      .that.matches(/no TCP port/);
  });

  it('takes a fault for gone whose time is up, or whose proxy does not listen', () => {
    const all = [...listing('f1', 61001, [80]), ...listing('f2', 61002, [80])];
    expect([...faultsLed(look(...all))]).to.deep.equal(['f1']);
    expect([...faultsLed(look(...listing('f1', 61001, [])))]).to.deep.equal([]);
  });

  it('writes what a user typed into no language but as a text', () => {
    const script = standProxy([
      rule('f1', { path: '/a"\\]]$(id)`x`', share: 0.25, cut: 'body' }, 1500),
    ]);
    expect(script).to.include('path = "/a\\"\\\\]]$(id)`x`"');
    expect(script).to.match(
      /\{ fault = "f1", key = "[0-9a-f]{16}",.*port = 80, share = 0.25, delay = 0, left = 2 \},/,
    );
    // Nothing in a here-document whose mark is quoted is read by the shell.
    expect(script.match(/<<'END'/g)).to.have.length(2);
  });
});
