import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  type Figure,
  readFigure,
  THROUGHPUT_PATTERNS,
  type ThroughputPattern,
  throughputPattern,
} from '../../src/story/throughput-patterns.ts';

const read = (name: string, line: string): Figure | null =>
  readFigure(throughputPattern(name) as ThroughputPattern, line);

describe('windows out of a program: what load generators print', () => {
  const lines: [
    name: string,
    line: string,
    value: number | null,
    label?: string,
    seconds?: number,
  ][] = [
    [
      'ycsb',
      '2026-11-02 10:00:10:123 10 sec: 123456 operations; 12345.6 current ops/sec; est completion in 1 minute [READ: Count=61, Max=9]',
      12345.6,
    ],
    ['ycsb', '[OVERALL], Throughput(ops/sec), 10504.2', null],
    [
      'go-ycsb',
      'READ   - Takes(s): 10.0, Count: 8573, OPS: 857.5, Avg(us): 1163, Min(us): 287, 99th(us): 2711',
      8573,
      'READ',
      10,
    ],
    ['go-ycsb', 'UPDATE - Takes(s): 9.9, Count: 412, OPS: 41.2, Avg(us): 1163', 412, 'UPDATE', 9.9],
    ['go-ycsb', 'TOTAL  - Takes(s): 10.0, Count: 8985, OPS: 898.7', null],
    ['go-ycsb', 'READ_MODIFY_WRITE - Takes(s): 10.0, Count: 8985, OPS: 898.7', null],
    ['go-ycsb', 'READ_ERROR - Takes(s): 10.0, Count: 7, OPS: 0.7', null],
    ['k6', 'running (0m01.0s), 10/10 VUs, 1234 complete and 0 interrupted iterations', 1234, '', 1],
    [
      'k6',
      'running (1h02m03.5s), 10/10 VUs, 99 complete and 0 interrupted iterations',
      99,
      '',
      3723.5,
    ],
    ['wrk', 'Requests/sec:  12345.67', 12345.67],
    ['hey', '  Requests/sec:\t1,234.5678', 1234.5678],
    [
      'redis-benchmark',
      'SET: rps=12167.3 (overall: 12120.2) avg_msec=2.730 (overall: 2.730)',
      12167.3,
    ],
    ['redis-benchmark', 'SET: rps=0.0 (overall: -nan) avg_msec=-nan (overall: -nan)', 0],
    ['redis-benchmark', 'SET: 123456.79 requests per second, p50=0.143 msec', 123456.79],
    ['redis-benchmark', '  100000 requests completed in 2.44 seconds', null],
  ];
  for (const [name, line, value, label = '', seconds = null] of lines) {
    it(`${name}: ${line.slice(0, 60)}`, () => {
      const figure = read(name, line);
      if (value === null) expect(figure).to.equal(null);
      else if (name === 'go-ycsb' || name === 'k6')
        expect(figure).to.deep.equal({ value, label, seconds });
      else expect(figure?.value).to.equal(value);
    });
  }

  it('are known by name, or by a regular expression with a group', () => {
    for (const name of Object.keys(THROUGHPUT_PATTERNS))
      expect(throughputPattern(name)).to.equal(THROUGHPUT_PATTERNS[name]);
    expect(read('([0-9.]+) ops/s', 'now 1234.5 ops/s')?.value).to.equal(1234.5);
    expect(read('(-?[0-9.a-z]+) ops/s', '-5 ops/s')).to.equal(null);
    expect(read('([0-9.a-z]+) ops/s', 'many ops/s')).to.equal(null);
    expect(read('(?:([0-9]+)|none) ops/s', 'none ops/s')).to.equal(null);
    for (const bad of ['ops/s', '([0-9', 'constructor', ''])
      expect(throughputPattern(bad)).to.equal(null);
  });
});
