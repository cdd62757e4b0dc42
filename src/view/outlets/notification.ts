/** An occasion as the tools of a team take it. Pure. */
import type { Occasion } from '../../run/occasion.ts';
import type { Shape } from '../../story/outlet-spec.ts';
import { sayOccasion } from '../say/occasion.ts';

/** Counts changes that a reader of before could not read. */
export const NOTIFICATION_VERSION = 1;
/** Discord refuses a longer text; characters. */
const DISCORD_MOST = 2000;

export interface Notification {
  /** Below the address. */
  path: string;
  body: Record<string, unknown>;
}

const SHAPED: Record<Shape, (occasion: Occasion) => Notification> = {
  json: (occasion) => ({ path: '', body: occasionJson(occasion) }),
  slack: (occasion) => ({ path: '', body: { text: forSlack(sayOccasion(occasion)) } }),
  teams: (occasion) => ({ path: '', body: adaptiveCard(sayOccasion(occasion)) }),
  discord: (occasion) => ({
    path: '',
    body: {
      content: sayOccasion(occasion).slice(0, DISCORD_MOST),
      // What a story says calls nobody.
      allowed_mentions: { parse: [] },
    },
  }),
  grafana: (occasion) => ({ path: '/api/annotations', body: annotation(occasion) }),
};

export function renderNotification(shape: Shape, occasion: Occasion): Notification {
  return SHAPED[shape](occasion);
}

export function occasionJson(occasion: Occasion): Record<string, unknown> {
  return { v: NOTIFICATION_VERSION, ...occasion, text: sayOccasion(occasion) };
}

/** The three characters that mean something in a text there. */
function forSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** As the webhooks of Teams' workflows take it. */
function adaptiveCard(text: string): Record<string, unknown> {
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          body: [{ type: 'TextBlock', text, wrap: true }],
        },
      },
    ],
  };
}

/** A moment; of a fault that is over, its whole time. Epoch milliseconds. */
function annotation(occasion: Occasion): Record<string, unknown> {
  const { at, fault, occasion: name, story, run } = occasion;
  const from = fault?.injecting_at ?? at;
  const until = fault?.recovered_at ?? null;
  return {
    time: Date.parse(until === null ? at : from),
    ...(until !== null && { timeEnd: Date.parse(until) }),
    tags: ['gameday', name, story, run, ...(fault ? [fault.kind] : [])],
    text: sayOccasion(occasion),
  };
}
