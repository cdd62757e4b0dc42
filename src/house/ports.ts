/** Hands the stage the world it works on: the one place where its ports get their rooms. */
import type { Engine } from '../engine/engine.ts';
import type { Journal } from '../journal/index.ts';
import type { StagePorts } from '../stage/ports.ts';
import type { Place } from './locate.ts';
import { drawSeed } from './look.ts';
import { createMeasure } from './measure.ts';
import { sleep } from './signals.ts';
import type { WatchdogClient } from './watchdog-client.ts';

/** The journal is open and has a run. */
export function createPorts(place: Place, engine: Engine, journal: Journal, watchdog: WatchdogClient): StagePorts {
  return {
    engine,
    journal,
    story: place.story,
    measure: createMeasure({ samples: watchdog.samplesPath, steadyState: place.story.steady_state, readRun: () => journal.run, watchdog }),
    look: async (probe) => {
      const { look } = await import('../workload/look.ts');
      return look(probe);
    },
    arm: () => watchdog.arm(journal.run?.seq ?? 0),
    now: () => Date.now(),
    elapsed: () => performance.now(),
    sleep,
    drawSeed,
  };
}
