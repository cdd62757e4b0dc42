/** Which instances a story's services make. Pure. */
import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { planInstances, portOf } from '../../src/engine/process/process-plan.ts';
import type { ProcessService } from '../../src/story/story.ts';
import { Refusal } from '../../src/terms/outcomes.ts';
import { service } from '../fixtures/process/stack.ts';

describe('the plan of a stack of processes', () => {
  function refusal(services: Record<string, ProcessService>): Refusal {
    try {
      planInstances(services);
    } catch (error) {
      expect(error).to.be.instanceOf(Refusal).with.property('code', 'unsupported_stack');
      return error as Refusal;
    }
    throw new Error('expected a refusal');
  }

  it('counts replicas and their ports from the first', () => {
    const planned = planInstances({ web: service({ replicas: 2, port: 8081 }), db: service() });
    expect(planned.map(({ id, number, spec }) => [id, number, portOf(spec, number)])).to.deep.equal(
      [
        ['web-1', 1, 8081],
        ['web-2', 2, 8082],
        ['db-1', 1, null],
      ],
    );
  });

  it('refuses two instances on one port, and names both', () => {
    const { message } = refusal({
      web: service({ replicas: 3, port: 8081 }),
      db: service({ port: 8083 }),
    });
    expect(message).to.equal('web-3 and db-1 would both listen on port 8083.');
  });

  it('refuses ports that do not exist', () => {
    expect(refusal({ web: service({ replicas: 2, port: 65_535 }) }).message).to.contain(
      'web-2 would listen on port 65536',
    );
  });

  it('refuses names that are no names of a folder, and variables that a shell would lose', () => {
    for (const name of ['../up', '', '-x', 'a/b', 'ä'])
      expect(refusal({ [name]: service() }).message).to.contain('cannot be a service');
    expect(refusal({ web: service({ env: { 'spring.port': '1' } }) }).message).to.contain(
      '"spring.port" in `services.web.env`',
    );
  });

  it('refuses a health check without a port', () => {
    expect(refusal({ web: service({ health: { tcp: true } }) }).next).to.contain('`port`');
  });

  it('gives every instance an id and a port of its own, or refuses', () => {
    const one = fc.record({
      replicas: fc.integer({ min: 1, max: 5 }),
      port: fc.option(fc.integer({ min: 8000, max: 8020 })),
    });
    fc.assert(
      fc.property(
        fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9-]{0,3}$/), one, { maxKeys: 4 }),
        (shapes) => {
          const services = Object.fromEntries(
            Object.entries(shapes).map(([name, changes]) => [name, service(changes)]),
          );
          const wantedPorts = Object.values(shapes).flatMap(({ port, replicas }) =>
            port === null ? [] : Array.from({ length: replicas }, (_, index) => port + index),
          );
          if (new Set(wantedPorts).size < wantedPorts.length) return void refusal(services);
          const planned = planInstances(services);
          expect(planned).to.have.length(
            Object.values(shapes).reduce((sum, { replicas }) => sum + replicas, 0),
          );
          expect(planned.flatMap(({ spec, number }) => portOf(spec, number) ?? [])).to.have.members(
            wantedPorts,
          );
        },
      ),
    );
  });
});
