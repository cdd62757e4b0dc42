import { expect } from 'chai';
import { describe, it } from 'mocha';
import { describeWorkload } from '../../src/story/describe-workload.ts';
import type { WorkloadSpec } from '../../src/story/workload-spec.ts';
import { storyOf } from './parsing.ts';

describe('a workload in one line', () => {
  for (const [written, line] of [
    ['{ kind: http, url: "http://a/" }', 'http, 100/s'],
    [
      '{ kind: http, urls: ["http://u:secret@a/", "http://b/"], balance: failover, headers: { Authorization: secret }, rate: 0.5/s, ramp: [{ to: 500/s, over: 30s }, { to: 30000/m, over: 1m }], mix: [{ path: "/{{key}}" }, { body: "{{key}} {{value}}" }], setup: [{ path: /x }], verify: { read: { path: "/{{key}}" } } }',
      'http, 0.5/s, to 500/s over 30s, to 500/s over 1m, 2 operations by weight, 100000 keys, 2 targets with fail-over, after a set-up of 1 operation, writes are read back at the end',
    ],
    ['{ kind: redis, command: [AUTH, secret] }', 'redis, 100/s'],
    ['{ kind: tcp, addresses: ["a:1", "b:1"], rate: 7/m }', 'tcp, 0.116667/s, 2 targets in turn'],
    [
      '{ kind: command, shell: "TOKEN=secret x", pattern: k6, setup: { shell: "y secret" } }',
      'command, at the rate of its program, after a program that sets it up',
    ],
    ['{ kind: simulated }', 'simulated, a curve of 10000 ops/s, no load at all'],
  ] as const) {
    it(line, () => {
      const { workload } = storyOf(`workload: ${written}\nchapters: [{ title: A }]`);
      expect(describeWorkload(workload as WorkloadSpec)).to.equal(line);
    });
  }
});
