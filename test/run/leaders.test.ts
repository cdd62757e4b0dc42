import { expect } from 'chai';
import { describe, it } from 'mocha';
import { label } from '../../src/fault/instance.ts';
import { leaderAmong, leadersAsked, programFor } from '../../src/run/leaders.ts';
import type { LeaderSpec } from '../../src/story/leader-spec.ts';
import { refusal, row, spec } from '../story/things.ts';

const how = (...of: string[]): LeaderSpec => ({
  of,
  ask: 'once',
  command: { argv: ['leader'] },
});
const STACK = [row('etcd', 1), row('etcd', 2), row('redis', 1), row('redis', 2), row('web', 1)];

describe('leaders', () => {
  const asked = (patch: Parameters<typeof spec>[0], ...known: LeaderSpec[]) =>
    leadersAsked(spec(patch), known, STACK).map(({ of }) => of.join());

  it('are asked for of each cluster that is meant', () => {
    const known = [how('etcd'), how('redis', 'web')];
    expect(asked({ service: 'etcd' }, ...known)).to.deep.equal(['etcd']);
    expect(asked({ service: 'etcd-2' }, ...known)).to.deep.equal(['etcd']);
    expect(asked({ service: ['web', 'redis'] }, ...known)).to.deep.equal(['redis,web']);
    expect(asked({ service: ['web', 'etcd'] }, ...known)).to.deep.equal(['etcd', 'redis,web']);
  });

  it('of any service are those of the one cluster that the story knows, and never a guess among several', () => {
    expect(asked({}, how('etcd'))).to.deep.equal(['etcd']);
    expect(refusal(() => asked({}, how('etcd'), how('redis', 'web')))).to.deep.include({
      code: 'no_target',
      message: 'The story says of 2 clusters how their leaders are found: etcd; redis, web.',
      next: 'Name a service of the one that is meant.',
    });
  });

  it('are refused where the story does not say how they are found', () => {
    for (const [patch, who, known] of [
      [{ service: 'web' }, 'web', [how('etcd')]],
      [{ service: ['etcd', 'web'] }, 'web', [how('etcd')]],
      [{}, 'etcd, redis, web', []],
    ] as const) {
      const { message, next } = refusal(() => asked(patch, ...known));
      expect(message).to.equal(`The story does not say who leads ${who}.`);
      expect(next).to.include(`\`leader: [{ of: [${who}], command: [...] }]\` in the story`);
    }
    expect(leadersAsked(spec({}), [], []), 'a stack that is down').to.deep.equal([]);
  });

  it('have the program of each instance filled in, word for word and for no shell', () => {
    const odd = row('etcd', 2, { name: 'shop-etcd-2; rm' });
    const argv = [
      'docker',
      'exec',
      '{{name}}',
      '{{ service }}:{{number}}',
      '{{instance}}',
      '{{x}}',
    ];
    expect(programFor(argv, odd)).to.deep.equal([
      'docker',
      'exec',
      'shop-etcd-2; rm',
      'etcd:2',
      'etcd-2',
      '{{x}}',
    ]);
  });

  it('are known only where one instance alone says that it leads', () => {
    const answers = (...leads: boolean[]) =>
      leads.map((leads, index) => ({
        row: STACK[index] as (typeof STACK)[number],
        leads,
        text: leads ? 'exit code 0' : 'exit code 1',
      }));
    expect(label(leaderAmong(['etcd'], answers(false, true)))).to.equal('etcd-2');
    for (const [given, message] of [
      [
        answers(false, false),
        'No instance of etcd leads: etcd-1 (exit code 1), etcd-2 (exit code 1).',
      ],
      [answers(true, true), 'Several instances of etcd say that they lead: etcd-1, etcd-2.'],
      [answers(), 'No instance of etcd runs that could be asked who leads.'],
    ] as const) {
      const refused = refusal(() => leaderAmong(['etcd'], given));
      expect(refused).to.deep.include({ code: 'no_target', message });
      expect(refused.next).to.include('name the instance');
    }
  });
});
