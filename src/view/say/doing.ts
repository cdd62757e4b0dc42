/** One step in words: what is planned, what is being done and waited for, and how it ended. */
import { describeVerified, grouped, isBroken } from '../../impact/verified.ts';
import { describeAction } from '../../run/plan.ts';
import type { ActionNow, Doing, RecoverWait, Step } from '../../run/progress.ts';
import { formatDuration } from '../../terms/duration.ts';
import { sayFound, UNKNOWN_WRITES } from './found.ts';

type Of<D extends Doing['do']> = Extract<Doing, { do: D }>;

/** `why`: of one that failed, where it is to be said. */
export function sayStep(step: Step, why: string | null): string {
  const { doing, phase } = step;
  switch (doing.do) {
    case 'stack':
      return failed(step, sayStack(doing, phase), why);
    case 'countdown':
      return sayCountdown(doing, step, why);
    case 'inject':
      return sayInject(doing, step, why);
    case 'recover':
      return sayRecover(doing, step, why);
    case 'read_back':
      return sayReadBack(doing, step);
    case 'action':
      return sayAction(doing, step, why);
  }
}

/** What is not said of a failure here is what the command ends with. */
function failed({ error, phase }: Step, text: string, why: string | null): string {
  if (phase !== 'failed') return text;
  if (error?.interrupted) return `${text}: interrupted`;
  return why === null ? text : `${text}: ${why}`;
}

function sayStack({ to, project, anew }: Of<'stack'>, phase: Step['phase']): string {
  if (phase === 'done') return `The services of ${project} are ${to === 'up' ? 'up' : 'stopped'}`;
  const why = anew ? ' anew, since the command that was starting them was cut off' : '';
  return `${to === 'up' ? 'Starting' : 'Stopping'} the services of ${project}${why}`;
}

function sayCountdown(doing: Of<'countdown'>, { phase, error }: Step, why: string | null): string {
  const { kind, targets, left_ms } = doing;
  const what = `${kind} ${targets.map(({ label }) => label).join(', ')}`;
  switch (phase) {
    case 'running': {
      const named = targets.map(({ label, name }) => `${label} (${name})`).join(', ');
      return `Injecting fault in ${Math.ceil(left_ms / 1000)}...  ${kind} ${named}  Ctrl-C cancels`;
    }
    case 'done':
      return `Countdown over: ${what}`;
    case 'failed':
      return error?.interrupted
        ? 'Countdown cancelled: nothing was changed'
        : `Countdown ended, nothing was changed${why === null ? '' : `: ${why}`}`;
    default:
      return 'Countdown';
  }
}

function sayInject(doing: Of<'inject'>, step: Step, why: string | null): string {
  const { kind, words, service, targets, fault, changed } = doing;
  const names = targets.join(', ');
  switch (step.phase) {
    case 'running':
      return `${words.doing} ${names}`;
    case 'done': {
      const took = step.took_ms === undefined ? '' : ` in ${formatDuration(step.took_ms)}`;
      return `${names} ${words.done}${took} (fault ${fault})`;
    }
    case 'failed': {
      const how = {
        nothing: `${names}: nothing was changed`,
        something: `${kind} ${names}: only in part`,
        unknown: `${kind} ${names} failed`,
      }[changed ?? 'unknown'];
      return why === null ? how : `${how}: ${why}`;
    }
    default:
      return `${kind} ${service ?? 'one instance'}`;
  }
}

function sayRecover(doing: Of<'recover'>, step: Step, why: string | null): string {
  const { fault, kind, targets, wait, how, untouched } = doing;
  const what = `${fault}: ${kind} ${targets.join(', ')}`;
  switch (step.phase) {
    case 'running':
      return wait === null ? `Recovering ${what}` : sayWait(fault, wait);
    case 'done':
      if (untouched)
        return `${targets.join(', ')} untouched: the fault never happened (${fault} closed)`;
      return `${(how ?? []).join('; ')} (${fault} recovered in ${formatDuration(step.took_ms ?? 0)})`;
    case 'failed':
      return `${fault} is still live${why === null ? '' : `: ${why}`}`;
    default:
      return `Recover ${what}`;
  }
}

function sayWait(fault: string, wait: RecoverWait): string {
  switch (wait.waits_for) {
    case 'undo':
      return `${wait.is.join('; ')}: ${wait.undo}`;
    case 'intent':
      return `${fault} was never confirmed: checking for another ${formatDuration(wait.left_ms)} that it does not happen after all`;
    case 'state':
      return `waiting for ${wait.target}: it is ${wait.state}, health ${wait.health}`;
    case 'stay':
      return `${wait.target} is running: checking that it stays up`;
    case 'replacement':
      return `waiting for another in the place of ${wait.target}: ${wait.owner} has ${wait.well} of ${wait.wanted} that are well`;
    case 'stack':
      return `waiting for the rest of the stack: ${wait.down.map(({ target, state }) => `${target} is ${state}`).join(', ')}`;
    case 'workload':
    case 'probes': {
      const unmet = wait.unmet.join('; ');
      const left = formatDuration(Math.ceil(wait.left_ms / 1000) * 1000);
      return `waiting for the ${wait.waits_for}: ${unmet} (another ${left} at most; Ctrl-C leaves ${fault} live)`;
    }
  }
}

function sayReadBack({ read, of, verified }: Of<'read_back'>, { phase, error }: Step): string {
  if (verified === 'unknown') return UNKNOWN_WRITES;
  if (verified !== null && (phase === 'done' || isBroken(verified)))
    return describeVerified(verified);
  const text = reading(read, of);
  return error?.interrupted ? `${text}: interrupted` : text;
}

function reading(read: number, of: number): string {
  const doing = 'reading back what was written';
  return of === 0 ? doing : `${doing}: ${grouped(read)} of ${grouped(of)} keys`;
}

function sayAction({ action, now }: Of<'action'>, step: Step, why: string | null): string {
  const text = describeAction(action);
  if (step.phase === 'done' && step.found) return sayFound(step.found);
  if (step.phase === 'running' && now !== null)
    return sayNow(now, action.do === 'probe' ? action.probe.name : '');
  return failed(step, text, why);
}

function sayNow(now: ActionNow, probe: string): string {
  switch (now.now) {
    case 'starting':
      return now.waits_for === 'setup'
        ? `${now.kind} workload: ${now.text}`
        : `${now.kind} workload: the rate changes for ${formatDuration(Math.ceil(now.left_ms / 1000) * 1000)} more, ${now.ops_per_s} ops/s now`;
    case 'looking':
      return `${probe}: ${now.text}, trying again`;
    case 'noticing':
      return `watching: ${now.count} noticed so far`;
    case 'reading_back':
      return reading(now.read, now.of);
  }
}
