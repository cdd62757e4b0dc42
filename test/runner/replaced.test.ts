/** Instances that are not started again: their owner makes others. What is proven then, and what is not. */
import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { spec } from './scripts.ts';
import { open, type Theatre } from './theatre.ts';

describe('runner: instances that their owner replaces', () => {
  let theatre: Theatre;
  beforeEach(() => {
    theatre = open([], { engine: 'swarm' });
  });
  const reasons = () => theatre.events('fault.recovered').map(({ reason }) => reason);

  it('is recovered when the owner has as many as wanted, and the target is not one of them', async () => {
    const id = await theatre.idOf('web-2');
    await theatre.give({ do: 'inject', spec: spec({ service: 'web-2' }) });
    expect(await theatre.engine.inspect(id)).to.equal(null);
    expect(await theatre.code({ do: 'recover', which: 'all' })).to.equal('well');
    expect(await theatre.idOf('web-2')).not.to.equal(id);
    expect(reasons()).to.deep.equal([
      'web-2 was replaced by shop-web-2; service web has 2 of 2 that are well',
    ]);
    expect(theatre.deeds.map(({ operation }) => operation)).to.deep.equal(['kill']);
  });

  it('is recovered when all of an owner were hit and all are new', async () => {
    await theatre.give({ do: 'inject', spec: spec({ service: 'cache', pick: { by: 'all' } }) });
    expect(await theatre.code({ do: 'recover', which: 'all' })).to.equal('well');
    expect(await theatre.down()).to.deep.equal([]);
  });

  it('is not recovered while one is missing that no other fault has taken', async () => {
    await theatre.give({ do: 'inject', spec: spec({ service: 'web-2' }) });
    await theatre.wait(1000);
    theatre.engine.lose(await theatre.idOf('web-1'));
    expect(await theatre.code({ do: 'recover', which: 'all' })).to.equal('not_verified');
    const [unverified] = theatre.events('fault.unverified');
    expect(unverified?.reason).to.equal(
      'web-2 is gone, and service web has 1 of 2 that are well when the time was over.',
    );
  });

  it('does not wait for an instance that another live fault holds', async () => {
    await theatre.give({ do: 'inject', spec: spec({ kind: 'pause', service: 'web-1' }) });
    await theatre.give({ do: 'inject', spec: spec({ service: 'web-2' }) });
    expect(await theatre.code({ do: 'recover', which: 'f2' })).to.equal('well');
    expect(theatre.live().map(({ id }) => id)).to.deep.equal(['f1']);
  });

  it('takes the silence of an engine neither for well nor for the end', async () => {
    await theatre.give({ do: 'inject', spec: spec({ kind: 'pause', service: 'web-2' }) });
    theatre.engine.isSilent = true;
    expect(await theatre.code({ do: 'recover', which: 'all' })).to.equal('engine_unreachable');
    theatre.engine.isSilent = false;
    expect(theatre.live().map(({ phase }) => phase)).to.deep.equal(['unverified']);
    expect(await theatre.code({ do: 'recover', which: 'all' })).to.equal('well');
  });

  it('waits out a silence that begins while it proves', async () => {
    await theatre.give({ do: 'inject', spec: spec({ service: 'web-2' }) });
    theatre.clock.after(100, () => {
      theatre.engine.isSilent = true;
    });
    theatre.clock.after(2000, () => {
      theatre.engine.isSilent = false;
    });
    expect(await theatre.code({ do: 'recover', which: 'all' })).to.equal('well');
    expect(theatre.events('fault.recovered')[0]?.took_ms).to.be.at.least(2000);
  });

  it('waits out a silence that begins while it waits for the rest of the stack', async () => {
    await theatre.give({ do: 'inject', spec: spec({ kind: 'pause', service: 'web-2' }) });
    theatre.engine.lose(await theatre.idOf('cache-1'));
    const silence = (atMs: number, isSilent: boolean) =>
      theatre.clock.after(atMs, () => {
        theatre.engine.isSilent = isSilent;
      });
    silence(1500, true);
    silence(4000, false);
    // What it says in the end is that something is missing, not that the engine was silent.
    expect(await theatre.code({ do: 'recover', which: 'all' })).to.equal('not_verified');
    const [unverified] = theatre.events('fault.unverified');
    expect(unverified?.reason).to.match(/the stack is not as before: cache-1 is/);
  });

  it('refuses a fault on nodes where the engine has none', async () => {
    expect(await theatre.code({ do: 'inject', spec: spec({ kind: 'drain' }) })).to.equal(
      'unsupported_target',
    );
  });
});
