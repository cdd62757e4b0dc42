/**
 * What can go wrong between the stage and its world: at the n-th thing it asks for, the process dies, Ctrl-C comes, or
 * the engine fails. A dead process gets no answer to anything any more and writes nothing; what it asked for just
 * before may still be done.
 */

import type { RunnerPorts } from '../../src/runner/ports.ts';
import { EngineError, Refusal } from '../../src/terms/outcomes.ts';
import type { Clock } from './clock.ts';

export type Peril =
  | { kind: 'none' }
  /** `answer lost`: it was done. `on its way`: it is done a little later. */
  | { kind: 'death'; at: number; how: 'not asked' | 'answer lost' | 'on its way' }
  | { kind: 'signal'; at: number }
  /** Only operations of the engine fail so. `unsure`: it may or may not have been done. */
  | { kind: 'failure'; at: number; how: 'refused' | 'unsure, not done' | 'unsure, done' };

const ON_ITS_WAY_MS = 700;

export class Dead extends Error {
  override readonly name = 'Dead';
}

export class Fate {
  readonly controller = new AbortController();
  isDead = false;
  readonly #peril: Peril;
  readonly #clock: Clock;
  #asked = 0;

  constructor(peril: Peril, clock: Clock) {
    this.#peril = peril;
    this.#clock = clock;
  }

  /** The same ports, each of their calls under this fate. */
  over(ports: RunnerPorts): RunnerPorts {
    const { engine, journal, measure } = ports;
    const risky = <Args extends unknown[], Result>(
      call: (...args: Args) => Result,
      isOperation = false,
    ) => {
      return (...args: Args): Result => this.#meet(() => call(...args), isOperation);
    };
    const append = journal.append.bind(journal);
    return {
      ...ports,
      engine: {
        ...engine,
        describe: risky(() => engine.describe()),
        identity: risky(() => engine.identity()),
        clock: risky(() => engine.clock()),
        list: risky((signal) => engine.list(signal)),
        ...(engine.wanted && {
          wanted: risky((target, signal) => engine.wanted?.(target, signal) as Promise<number>),
        }),
        byHand: (how, services) => engine.byHand(how, services),
        services: risky(() => engine.services()),
        inspect: risky((id, signal) => engine.inspect(id, signal)),
        abilities: Object.fromEntries(
          Object.entries(engine.abilities).map(([name, ability]) => [
            name,
            {
              ...ability,
              read: risky((now, effects) => ability.read(now, effects)),
              set: risky((target, effects) => ability.set(target, effects), true),
            },
          ]),
        ),
        logs: risky((id, lines, since) => engine.logs(id, lines, since)),
        logMark: risky(() => engine.logMark()),
        run: risky((command, options) => engine.run(command, options)),
        owned: engine.owned && {
          up: risky((signal) => engine.owned?.up(signal) as Promise<void>, true),
          down: risky(() => engine.owned?.down() as Promise<void>, true),
        },
        close: () => engine.close(),
      },
      journal: {
        get run() {
          return journal.run;
        },
        path: journal.path,
        warnings: journal.warnings,
        append: risky(append),
        begin: (body) => journal.begin(body),
        release: () => journal.release(),
      },
      measure: {
        impact: risky((fault) => measure.impact(fault)),
        awaitLooks: (alerts, signal) => measure.awaitLooks(alerts, signal),
        hypothesis: (hypothesis, faults) => measure.hypothesis(hypothesis, faults),
        checkSteadyState: () => measure.checkSteadyState(),
        probes: (fault) => measure.probes(fault),
        start: risky((signal) => measure.start(signal)),
        stop: risky(() => measure.stop()),
        whyNot: () => measure.whyNot(),
        readBack: (startedAt) => measure.readBack(startedAt),
      },
      look: risky((probe, signal) => ports.look(probe, signal)),
      arm: risky(() => ports.arm(), true),
      sleep: risky((delayMs, signal) => ports.sleep(delayMs, signal)),
    };
  }

  #meet<Result>(call: () => Result, isOperation: boolean): Result {
    if (this.isDead) throw new Dead();
    const peril = this.#peril;
    if (peril.kind === 'none' || ++this.#asked !== peril.at) return call();
    if (peril.kind === 'signal') {
      this.controller.abort(new Refusal('interrupted', 'Ended by SIGINT.', 'fault list'));
      return call();
    }
    if (peril.kind === 'death') {
      this.isDead = true;
      if (peril.how === 'answer lost') void quietly(call());
      if (peril.how === 'on its way' && isOperation)
        this.#clock.after(ON_ITS_WAY_MS, () => void quietly(call()));
      throw new Dead();
    }
    if (!isOperation) return call();
    const lost = new EngineError('The engine fell silent.', {
      definite: false,
      next: 'fault list',
    });
    if (peril.how === 'unsure, done')
      return quietly(call()).then(() => Promise.reject(lost)) as Result;
    const definite = peril.how === 'refused';
    return Promise.reject(
      definite ? new EngineError('The engine refused.', { definite, next: 'fault list' }) : lost,
    ) as Result;
  }
}

async function quietly(work: unknown): Promise<void> {
  await Promise.resolve(work).catch(() => {});
}
