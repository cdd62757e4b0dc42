/**
 * A run as a trace: a span for the run, each chapter, each schedule, each fault, each attempt at its recovery, and what each probe
 * saw meanwhile.
 * Each span is told when it has ended, by whoever wrote the event that ended it: a run spans processes, so that keys, and not
 * memory, tie a span to its parent. Pure.
 */
import { label } from '../fault/instance.ts';
import type { ProbeNote } from '../impact/probe-impact.ts';
import { redactTexts } from '../story/redact-story.ts';
import type { Event, EventOf } from './events.ts';
import { stateOf } from './judged-item.ts';
import { probeSpans } from './trace-probes.ts';
import { ScheduleSpans } from './trace-schedules.ts';
import {
  faultKey,
  ROOT,
  scheduleKey,
  span,
  type TraceSpan,
  tell,
  traceKeyOf,
} from './trace-span.ts';

interface OpenFault {
  span: TraceSpan;
  recovery: TraceSpan | null;
}

export class RunTrace {
  readonly #readProbes: () => readonly ProbeNote[];
  #root: TraceSpan | null = null;
  #traceKey: string | null = null;
  /** Of the chapters, by id. */
  #titles = new Map<string, string>();
  #chapter: (TraceSpan & { id: string }) | null = null;
  readonly #faults = new Map<string, OpenFault>();
  readonly #schedules = new ScheduleSpans();

  /** `readProbes`: all that the watchdog's looks have said so far. */
  constructor(readProbes: () => readonly ProbeNote[]) {
    this.#readProbes = readProbes;
  }

  /** What makes the id of the trace: the same in all processes of the run; null before it has begun. */
  get key(): string | null {
    return this.#traceKey;
  }

  /** The spans that end with it. */
  add(event: Event): TraceSpan[] {
    return redactTexts(this.#add(event));
  }

  #add(event: Event): TraceSpan[] {
    if (event.type === 'run.started') this.#begin(event);
    const root = this.#root;
    if (!root) return [];
    const atMs = Date.parse(event.at);
    switch (event.type) {
      case 'chapter.entering':
      case 'chapter.entered':
      case 'chapter.failed':
      case 'chapter.cancelled':
      case 'chapter.left':
        return this.#ofChapter(event, atMs);
      case 'hypothesis.checked':
        this.#judge(event, root);
        return [];
      case 'steady_state.checked': {
        const { fault, when, items } = event;
        const met = items.every((item) => item.met) ? 'met' : 'not met';
        const about = this.#faults.get(fault ?? '')?.span ?? this.#chapter ?? root;
        const seen = { 'gameday.items': items.map(({ text }) => text) };
        tell(about, atMs, `steady state ${when}: ${met}`, seen);
        return [];
      }
      case 'schedule.started':
      case 'schedule.skipped':
      case 'schedule.ended':
        return this.#schedules.add(event, this.#keyOf('chapter' in event ? event.chapter : null));
      case 'run.aborted':
        root.error = `aborted: ${event.measured} (abort_if: ${event.condition})`;
        tell(root, atMs, 'aborted', { 'gameday.faults': event.faults });
        return [];
      case 'run.halted':
        tell(root, atMs, 'halted', { 'gameday.faults': event.faults });
        return [];
      case 'workload.started':
      case 'workload.stopped':
        tell(root, atMs, event.type.replace('.', ' '));
        return [];
      case 'run.finished':
        this.#root = null;
        return [...this.#endChapter(atMs), { ...root, endMs: atMs }];
      default:
        return 'fault' in event ? this.#ofFault(event, atMs) : [];
    }
  }

  #ofChapter(event: Extract<Event, { type: `chapter.${string}` }>, atMs: number): TraceSpan[] {
    if (event.type === 'chapter.entering') {
      const ended = this.#endChapter(atMs);
      this.#beginChapter(event);
      return ended;
    }
    if (!this.#chapter) return [];
    switch (event.type) {
      case 'chapter.entered':
        tell(this.#chapter, atMs, 'entered');
        return [];
      case 'chapter.failed':
        this.#chapter.error = event.message;
        return [];
      case 'chapter.cancelled':
        this.#chapter.error = `cancelled: ${event.reason}`;
        return this.#endChapter(atMs);
      case 'chapter.left':
        return this.#endChapter(atMs);
    }
  }

  #begin({ run, at, story, engine, gameday }: EventOf<'run.started'>): void {
    this.#traceKey = traceKeyOf({ id: run, started_at: at, story, engine });
    this.#chapter = null;
    this.#faults.clear();
    this.#schedules.clear();
    this.#root = span(ROOT, null, `run ${story.name}`, Date.parse(at), {
      'gameday.run.id': run,
      'gameday.story.name': story.name,
      'gameday.engine.kind': engine.kind,
      'gameday.engine.project': engine.project,
      'gameday.version': gameday,
    });
    this.#titles = new Map(story.chapters.map(({ id, title }) => [id, title]));
  }

  #beginChapter({ chapter, index, cause, seq, at }: EventOf<'chapter.entering'>): void {
    const title = this.#titles.get(chapter) ?? chapter;
    const made = span(`chapter ${seq}`, ROOT, `chapter ${title}`, Date.parse(at), {
      'gameday.chapter.id': chapter,
      'gameday.chapter.number': index + 1,
      'gameday.chapter.cause': cause,
    });
    this.#chapter = { ...made, id: chapter };
  }

  #endChapter(atMs: number): TraceSpan[] {
    if (!this.#chapter) return [];
    const { id: _, ...ended } = this.#chapter;
    this.#chapter = null;
    return [{ ...ended, endMs: atMs }];
  }

  #judge({ chapter, items, at }: EventOf<'hypothesis.checked'>, root: TraceSpan): void {
    const state = stateOf(items);
    const about = this.#chapter?.id === chapter ? this.#chapter : root;
    const seen = { 'gameday.chapter.id': chapter, 'gameday.items': items.map(({ text }) => text) };
    tell(about, Date.parse(at), `hypothesis: ${state.replace('_', ' ')}`, seen);
    if (state !== 'deviated') return;
    const unmet = items.filter((item) => item.state === 'deviated').map(({ text }) => text);
    about.error = root.error = `deviated: ${unmet.join('; ')}`;
  }

  #ofFault(event: Extract<Event, { fault: string | null }>, atMs: number): TraceSpan[] {
    if (event.type === 'fault.injecting') {
      this.#faults.set(event.fault, { span: this.#faultSpan(event, atMs), recovery: null });
      return [];
    }
    const fault = this.#faults.get(event.fault ?? '');
    if (!fault) return [];
    switch (event.type) {
      case 'fault.injected':
        tell(fault.span, atMs, 'injected');
        return [];
      case 'fault.recovering':
        // One that was cut off has no end of its own.
        fault.recovery = span(
          `recovery ${event.seq}`,
          fault.span.key,
          `recovery of ${event.fault}`,
          atMs,
          { 'gameday.fault.id': event.fault, 'gameday.recovery.by': event.by },
        );
        return [];
      case 'fault.unverified':
        return endRecovery(fault, atMs, event.reason, event.reason);
      case 'fault.recovered':
        this.#faults.delete(event.fault);
        return this.#endFault(fault, event, atMs);
      default:
        return [];
    }
  }

  /** Of the span that hangs above what this chapter began; null: what nothing but a person began. */
  #keyOf(chapter: string | null): string {
    return chapter !== null && this.#chapter?.id === chapter ? this.#chapter.key : ROOT;
  }

  #faultSpan(event: EventOf<'fault.injecting'>, atMs: number): TraceSpan {
    const { fault, kind, effects, chapter, schedule } = event;
    const targets = effects.map(({ target }) => label(target));
    const parent = schedule === undefined ? this.#keyOf(chapter) : scheduleKey(schedule);
    return span(faultKey(fault), parent, `fault ${kind} ${targets.join(', ')}`, atMs, {
      'gameday.fault.id': fault,
      'gameday.fault.kind': kind,
      'gameday.fault.targets': targets,
      ...(chapter !== null && { 'gameday.chapter.id': chapter }),
    });
  }

  #endFault(fault: OpenFault, event: EventOf<'fault.recovered'>, atMs: number): TraceSpan[] {
    const { outcome, reason } = event;
    const error = outcome === 'closed' ? `closed without proof: ${reason}` : null;
    const ended: TraceSpan = {
      ...fault.span,
      endMs: atMs,
      attributes: {
        ...fault.span.attributes,
        'gameday.fault.outcome': outcome.replace('_', ' '),
        'gameday.fault.reason': reason,
      },
      error,
    };
    const seen = probeSpans(this.#readProbes(), ended);
    return [...seen, ...endRecovery(fault, atMs, reason, error), ended];
  }
}

function endRecovery(
  fault: OpenFault,
  endMs: number,
  reason: string,
  error: string | null,
): TraceSpan[] {
  const { recovery } = fault;
  if (!recovery) return [];
  fault.recovery = null;
  const attributes = { ...recovery.attributes, 'gameday.recovery.reason': reason };
  return [{ ...recovery, attributes, endMs, error }];
}
