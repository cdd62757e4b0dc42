import { liveFaults } from '../../run/run.ts';
import { Refusal } from '../../terms/outcomes.ts';
import { impactJson } from '../../view/impact.ts';
import type { Result } from '../../view/results.ts';
import { SHOWN_MS, workloadNow } from '../../view/workload-line.ts';
import { durationFlag } from '../flags.ts';
import { WorkloadCommand } from '../workload-command.ts';

const EVERY_MS = 1000;

export default class WorkloadWatch extends WorkloadCommand {
  static override summary = 'Watch what the workload feels: a line a second.';
  static override description =
    'Looks only; another shell can break and mend meanwhile. Ends with the workload, after --for, or with Ctrl-C. With --json: one look, and what was felt of each live fault.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override flags = { for: durationFlag({ description: 'end after this long' }) };

  protected override async perform(): Promise<Result> {
    const { flags } = await this.parse(WorkloadWatch);
    const first = this.readRun(flags);
    if (!first.run?.workload)
      throw new Refusal('no_workload', 'No workload runs here.', 'workload start');
    const look = () => {
      const { run, path } = this.readRun(flags);
      const nowMs = Date.now();
      return run?.workload ? workloadNow(run, this.measured(path, nowMs - SHOWN_MS), nowMs) : null;
    };
    if (this.jsonEnabled()) {
      const impact = await this.impact(flags, first, liveFaults(first.run));
      return {
        json: { run: first.run.id, workload: look()?.json ?? null, impact: impact.map(impactJson) },
        lines: [],
      };
    }
    const end = performance.now() + (flags.for ?? Number.POSITIVE_INFINITY);
    await this.interruptible(async (signal) => {
      for (let now = look(); now && performance.now() < end; now = look()) {
        this.log(now.line);
        await this.stay(EVERY_MS, signal);
      }
    });
    return { json: {}, lines: [] };
  }
}
