/**
 * A story as it may be written down beside its run: whole, but for what may sign somebody in. Of programs only their names are
 * left, of operations their methods and commands, of headers, environments and what a plugin is told only the names; addresses lose
 * userinfo, query and fragment, and texts the userinfo of the addresses in them. Its shape stays that of a story, so that all that
 * shows a story can show this one. Pure.
 */
import type { Command } from '../terms/command.ts';
import {
  hidden,
  redactPath,
  redactText,
  redactUrl,
  redactValues,
  redactWords,
} from '../terms/redact.ts';
import type { AlertSpec } from './alert-spec.ts';
import type { LeaderSpec } from './leader-spec.ts';
import type { ProbeSpec } from './probe-spec.ts';
import type { Action, Chapter, ProcessService, Story } from './story.ts';
import type { HttpOperation, WorkloadSpec } from './workload-spec.ts';

export function redactStory(story: Story): Story {
  const { services, workload, steady_state, leader, hooks, telemetry, chapters } = story;
  return redactTexts({
    ...story,
    services: Object.fromEntries(
      Object.entries(services).map(([name, service]) => [name, redactService(service)]),
    ),
    workload: workload && redactWorkload(workload),
    steady_state: { ...steady_state, probes: steady_state.probes.map(redactProbe) },
    leader: leader.map(redactLeader),
    hooks: Object.fromEntries(
      Object.entries(hooks).map(([name, hook]) => [
        name,
        { ...hook, command: redactCommand(hook.command) },
      ]),
    ),
    telemetry: telemetry && {
      ...telemetry,
      endpoint: telemetry.endpoint === null ? null : redactUrl(telemetry.endpoint),
    },
    chapters: chapters.map(redactChapter),
  });
}

/** Every text in it; the names of keys stay. */
export function redactTexts<T>(value: T): T {
  if (typeof value === 'string') return redactText(value) as T;
  if (Array.isArray(value)) return value.map(redactTexts) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, redactTexts(each)]),
  ) as T;
}

function redactChapter(chapter: Chapter): Chapter {
  const { hypothesis, on_enter } = chapter;
  return {
    ...chapter,
    hypothesis: hypothesis.map((item) =>
      item.expect === 'alert' ? { ...item, alert: redactAlert(item.alert) } : item,
    ),
    on_enter: on_enter.map(redactAction),
  };
}

function redactAlert({ from, ...alert }: AlertSpec): AlertSpec {
  if (from.source === 'webhook') return { ...alert, from };
  const { url, headers } = from;
  return { ...alert, from: { ...from, url: redactUrl(url), headers: redactValues(headers) } };
}

export function redactAction<Some extends Action>(action: Some): Some;
export function redactAction(action: Action): Action {
  switch (action.do) {
    case 'inject': {
      const { pick } = action.inject;
      if (pick.by !== 'command') return action;
      return {
        ...action,
        inject: { ...action.inject, pick: { ...pick, command: redactCommand(pick.command) } },
      };
    }
    case 'probe':
      return { ...action, probe: redactProbe(action.probe) };
    case 'run':
      return { ...action, command: redactCommand(action.command) };
    case 'recover':
    case 'workload':
    case 'detect':
    case 'diagnose':
    case 'wait':
      return action;
  }
}

function redactProbe(probe: ProbeSpec): ProbeSpec {
  switch (probe.look) {
    case 'http':
    case 'prometheus':
      return { ...probe, url: redactUrl(probe.url), headers: redactValues(probe.headers) };
    case 'command':
      return { ...probe, command: redactCommand(probe.command) };
    case 'tcp':
    case 'container':
    case 'log':
      return probe;
  }
}

function redactLeader(spec: LeaderSpec): LeaderSpec {
  return spec.ask === 'once'
    ? { ...spec, command: redactCommand(spec.command) }
    : {
        ...spec,
        argv: redactWords(spec.argv),
        expect_output: spec.expect_output && hidden(spec.expect_output),
      };
}

function redactCommand(command: Command): Command {
  return 'shell' in command
    ? { shell: hidden(command.shell) }
    : { argv: redactWords(command.argv) };
}

function redactService(service: ProcessService): ProcessService {
  const { command, env, health } = service;
  return {
    ...service,
    command: redactWords(command),
    env: redactValues(env),
    health: health && 'http' in health ? { http: redactPath(health.http) } : health,
  };
}

function redactWorkload(spec: WorkloadSpec): WorkloadSpec {
  switch (spec.kind) {
    case 'http':
      return { ...spec, ...redactMix(spec, redactHttp) };
    case 'redis':
      return {
        ...spec,
        ...redactMix(spec, (operation) => ({
          ...operation,
          command: redactWords(operation.command),
        })),
      };
    case 'postgres':
      return {
        ...spec,
        ...redactMix(spec, (operation) => ({
          ...operation,
          query: redactWords(operation.query.trim().split(/\s+/)).join(' '),
        })),
      };
    case 'command': {
      const { command, setup } = spec;
      return {
        ...spec,
        command: redactCommand(command),
        setup: setup && { ...setup, command: redactCommand(setup.command) },
      };
    }
    case 'plugin':
      return { ...spec, use: redactModule(spec.use), with: redactValues(spec.with) };
    case 'tcp':
    case 'simulated':
      return spec;
  }
}

/** A module may be named by its address. */
function redactModule(use: string): string {
  return use.includes('://') ? redactUrl(use) : use;
}

function redactMix<Operation>(
  spec: {
    urls: string[];
    mix: (Operation & { weight: number })[];
    setup: Operation[];
    verify: { read: Operation; within_ms: number } | null;
  },
  redact: <Some extends Operation>(operation: Some) => Some,
) {
  const { urls, mix, setup, verify } = spec;
  return {
    urls: urls.map(redactUrl),
    mix: mix.map(redact),
    setup: setup.map(redact),
    verify: verify && { ...verify, read: redact(verify.read) },
  };
}

function redactHttp<Operation extends HttpOperation>(operation: Operation): Operation {
  const { path, headers, body } = operation;
  return {
    ...operation,
    path: path === null ? null : redactPath(path),
    headers: redactValues(headers),
    body: hidden(body),
  };
}
