/** What befalls packets in a queue of the kernel's own (netem): its words, and what it cannot do. Pure. */
import type { NetworkEffect } from '../../fault/network-effect.ts';

/** `drop`: with a correlation. */
export type NetemEffect = Extract<
  NetworkEffect,
  { does: 'delay' | 'corrupt' | 'reorder' | 'drop' }
>;

/** Packets that one queue holds at most; those beyond are lost. */
const LIMIT = 20_000;

export function isNetem(effect: NetworkEffect): effect is NetemEffect {
  if (effect.does === 'drop') return effect.correlation !== undefined;
  return effect.does === 'delay' || effect.does === 'corrupt' || effect.does === 'reorder';
}

/** As tc takes it. */
export function netemOf(effect: NetemEffect): string {
  // What is not said stays, where the kernel changes a queue that is there.
  const whole = effect.does === 'corrupt' ? '' : ' corrupt 0%';
  return `netem limit ${LIMIT} ${wordsOf(effect)}${whole}`;
}

function wordsOf(effect: NetemEffect): string {
  switch (effect.does) {
    case 'delay': {
      const { delay_ms, jitter_ms, correlation = 0, distribution } = effect;
      if (jitter_ms === 0) return `delay ${delay_ms}ms`;
      const drawn = distribution ? ` distribution ${distribution}` : '';
      return `delay ${delay_ms}ms ${jitter_ms}ms ${percent(correlation)}${drawn}`;
    }
    case 'drop': {
      // Two states, one of which loses everything: so the share is the one that was asked for, which netem's own correlation misses.
      const { share, correlation = 0 } = effect;
      return `loss gemodel ${percent(share * (1 - correlation))} ${percent((1 - share) * (1 - correlation))}`;
    }
    case 'corrupt':
      return `corrupt ${percent(effect.share)}`;
    case 'reorder':
      // The rule has chosen these packets; netem's own reordering would have others pass by the queues behind it.
      return `delay ${effect.delay_ms}ms`;
  }
}

function percent(share: number): string {
  return `${+(share * 100).toFixed(6)}%`;
}

/** Why that cannot be had of a container, whatever its kernel is; null: it can. */
export function whyNoNetem(effect: NetworkEffect): string | null {
  if (effect.does === 'duplicate' || isNetem(effect)) {
    if (effect.direction !== 'out')
      return 'only what it sends can wait in a queue: --direction out, or the fault on who sends to it';
  }
  if (effect.does === 'delay')
    return effect.jitter_ms === 0 && (effect.correlation || effect.distribution)
      ? '--correlation and --distribution are of the --jitter, which is lacking'
      : null;
  if (effect.does === 'drop')
    return effect.correlation === 1 ? 'of what depends on nothing else no share can be had' : null;
  if ('correlation' in effect) return NO_CORRELATION[effect.does as keyof typeof NO_CORRELATION];
  return null;
}

const NO_CORRELATION = {
  duplicate:
    'a netem that duplicates stands beside no other one; without --correlation none is needed',
  corrupt: 'netem would miss the share by far; without --correlation it is kept',
  reorder:
    'netem would have these packets pass by its other queues; without --correlation it does not',
};
