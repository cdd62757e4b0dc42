/** What pages people, told to a port of loopback: by real requests. */
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { AlertReceiver } from '../../src/app/watchdog/alert-receiver.ts';
import type { AlertSpec } from '../../src/story/alert-spec.ts';
import { until } from '../commands/cli.ts';
import { freePorts } from '../free-ports.ts';

describe('the receiver of alerts', () => {
  let port: number;
  let receiver: AlertReceiver;
  const alert = (labels: Record<string, string> = {}): AlertSpec => ({
    name: 'StoreSlow',
    labels,
    within_ms: 1000,
    from: { source: 'webhook', port },
  });
  const state = (labels?: Record<string, string>) => receiver.look(alert(labels)).state;
  const tell = async (body: unknown, method = 'POST') => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const answer = await fetch(`http://127.0.0.1:${port}/any/path`, {
      method,
      ...(method === 'POST' && { body: text }),
    });
    return answer.status;
  };
  beforeEach(async () => {
    port = await freePorts(1);
    receiver = new AlertReceiver(port);
    await until('the port', () => state() !== 'unknown');
  });
  afterEach(() => receiver.close());

  it("takes Alertmanager's format: several alerts, each with its labels", async () => {
    expect(state()).to.equal('not_met');
    const told = (status: string) => ({
      version: '4',
      status: 'firing',
      alerts: [
        { status, labels: { alertname: 'StoreSlow', team: 'shop' }, startsAt: '2026-01-01' },
        { status: 'firing', labels: { alertname: 'Other' } },
      ],
    });
    expect(await tell(told('firing'))).to.equal(200);
    expect(state()).to.equal('met');
    expect(state({ team: 'shop' })).to.equal('met');
    expect(state({ team: 'bank' }), 'another label').to.equal('not_met');
    expect(await tell(told('resolved'))).to.equal(200);
    expect(state()).to.equal('not_met');
  });

  it('takes a generic format, as people write it by hand', async () => {
    expect(await tell({ name: 'StoreSlow', status: 'FIRING' })).to.equal(200);
    expect(state()).to.equal('met');
    expect(await tell({ name: 'StoreSlow', status: 'ok' })).to.equal(200);
    expect(state()).to.equal('not_met');
  });

  it('refuses what it does not understand, and goes on', async () => {
    for (const body of ['{', '[]', { name: 'StoreSlow' }, { name: 'StoreSlow', status: 'maybe' }])
      expect(await tell(body), JSON.stringify(body)).to.equal(400);
    expect(await tell('', 'GET')).to.equal(405);
    expect(state()).to.equal('not_met');
  });

  it('says of a port that is taken that nothing can be told', async () => {
    const second = new AlertReceiver(port);
    await until('the failure', () => second.look(alert()).text.includes('EADDRINUSE'));
    expect(second.look(alert()).state).to.equal('unknown');
    second.close();
    expect(await tell({ name: 'StoreSlow', status: 'firing' })).to.equal(200);
  });
});
