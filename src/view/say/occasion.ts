/** An occasion of a run as one sentence, for people who do not sit before it. */
import type { Occasion } from '../../run/occasion.ts';

export function sayOccasion(occasion: Occasion): string {
  return `${occasion.story} (run ${occasion.run}): ${whatHappened(occasion)}`;
}

function whatHappened({ occasion, chapter, fault, live, detail }: Occasion): string {
  const because = detail === null ? '.' : `: ${detail}`;
  switch (occasion) {
    case 'run_started':
      return 'the game day begins.';
    case 'chapter_entered':
      return chapter ? `[${chapter.number}/${chapter.of}] ${chapter.title}` : 'a chapter begins.';
    case 'before_inject':
      return `${fault?.targets.join(', ')} would be ${fault?.done}.`;
    case 'fault_injected':
      return fault ? `${fault.id}: ${fault.targets.join(', ')} ${fault.done}.` : 'a fault.';
    case 'fault_recovered': {
      const how = fault?.outcome === 'closed' ? 'closed by hand, not recovered' : 'recovered';
      return `${fault?.id}: ${fault?.kind} ${fault?.targets.join(', ')} ${how}${because}`;
    }
    case 'aborted':
      return `aborted${because}`;
    case 'halted':
      return `halted by hand${because}`;
    case 'deviated':
      return `deviated${because}`;
    case 'still_live':
      return `still live: ${live.join(', ')}${because}`;
    case 'run_ended':
      return 'the game day is over.';
  }
}
