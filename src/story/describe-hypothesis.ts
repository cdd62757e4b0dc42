/** An item of a hypothesis in the words of the story: `p99 <= 250ms`. Pure. */
import { formatDuration } from '../terms/duration.ts';
import { alertKey } from './alert-spec.ts';
import type { HypothesisItem } from './hypothesis-spec.ts';

export interface ExpectedWords {
  name: string;
  /** What is wanted of it. */
  wanted: string;
}

export function expectedWords(item: HypothesisItem): ExpectedWords {
  switch (item.expect) {
    case 'threshold':
      return { name: item.threshold.measure, wanted: item.threshold.text };
    case 'probe':
      return { name: `probe ${item.probe}`, wanted: 'met all along' };
    case 'recovers_within':
      return { name: 'recovery', wanted: `within ${formatDuration(item.within_ms)}` };
    case 'alert': {
      const { within_ms } = item.alert;
      return {
        name: `alert ${alertKey(item.alert)}`,
        wanted: `fires within ${formatDuration(within_ms)}`,
      };
    }
    case 'only':
      return { name: 'affected services', wanted: `only ${item.services.join(', ')}` };
  }
}

export function describeExpected(item: HypothesisItem): string {
  const { name, wanted } = expectedWords(item);
  return `${name} ${wanted}`;
}
