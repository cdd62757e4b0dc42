/** Who is sent the trace of a run. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { receiverOf } from '../../../src/app/outlets/receiver.ts';

const AT = 'http://collector:4318';
const ALL = 'OTEL_EXPORTER_OTLP_ENDPOINT';
const TRACES = 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT';
const STORY = { endpoint: AT, endpoint_env: null, traced_per_second: 1 };
const NAMED = { endpoint: null, endpoint_env: 'COLLECTOR', traced_per_second: 1 };
const NOWHERE = { endpoint: null, endpoint_env: null, traced_per_second: 5 };

describe('the receiver of a trace', () => {
  for (const [what, spec, env, wanted] of [
    ['nobody asks', null, {}, null],
    ['the environment asks', null, { [ALL]: `${AT}/` }, `${AT}/v1/traces`],
    ['for traces alone', null, { [ALL]: AT, [TRACES]: 'http://t/x' }, 'http://t/x'],
    ['the story asks', STORY, { [ALL]: 'http://other' }, `${AT}/v1/traces`],
    ['by a variable', NAMED, { COLLECTOR: AT }, `${AT}/v1/traces`],
    ['the story leaves it open', NOWHERE, { [ALL]: AT }, `${AT}/v1/traces`],
    ['the SDK is off', STORY, { OTEL_SDK_DISABLED: 'true' }, null],
    ['traces are off', null, { [ALL]: AT, OTEL_TRACES_EXPORTER: 'none' }, null],
  ] as const)
    it(what, () => {
      const found = receiverOf('traces', spec, env);
      expect(found).to.deep.equal(wanted === null ? null : { url: wanted });
    });

  it('metrics have variables of their own', () => {
    const env = { [TRACES]: 'http://t/x' };
    expect(receiverOf('metrics', null, env)).to.equal(null);
    const both = { ...env, [ALL]: AT };
    expect(receiverOf('metrics', null, both)).to.deep.equal({ url: `${AT}/v1/metrics` });
    expect(receiverOf('metrics', STORY, { OTEL_METRICS_EXPORTER: 'none' })).to.equal(null);
    const missing = receiverOf('metrics', NAMED, {});
    expect(missing).to.have.property('problem').that.includes('no metrics are sent');
  });

  for (const [what, spec, env, wanted] of [
    ['a variable that is not there', NAMED, {}, /no COLLECTOR/],
    ['what is no address', null, { [ALL]: 'S3CRET' }, /no http address/],
    ['gRPC', null, { [ALL]: AT, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, /gRPC/],
  ] as const)
    it(`says that it cannot use ${what}`, () => {
      const found = receiverOf('traces', spec, env);
      expect(found).to.have.property('problem').that.matches(wanted).and.not.includes('S3CRET');
    });
});
