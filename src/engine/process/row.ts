/** The row of the embedded engine: local processes that gameday starts and stops. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { countRunning } from '../../fault/instance.ts';
import { type DoctorLine, ok, warning } from '../../terms/doctor-line.ts';
import type { EngineKind } from '../engine-kind.ts';
import type { ProcessEngine } from './process.ts';
import { PROCFILE } from './procfile-name.ts';

const load = () => import('./process.ts');

export const process: EngineKind<ProcessEngine> = {
  kind: 'process',
  owned: true,
  story: {
    key: 'services',
    needs: {
      what: 'services to start',
      write: '`services: { api: { command: [node, api.js] } }`',
    },
    services_in: null,
  },
  files: {
    names: [PROCFILE],
    isMeant: (folder) => (existsSync(join(folder, PROCFILE)) ? 'found' : null),
    standIn: async (folder) => (await import('./process-files.ts')).readStandIn(folder),
    find: async (cwd, _, isAsked) => (await import('./process-files.ts')).findStack(cwd, isAsked),
  },
  load,
  async open({ name, services }, { folder, stateDir }) {
    const { openProcessEngine } = await load();
    return openProcessEngine({
      project: name,
      services,
      stateDir: join(stateDir, 'processes'),
      cwd: folder,
    });
  },
  async planned({ name: project, services }) {
    const { planInstances } = await import('./process-plan.ts');
    return planInstances(services).map(({ id, service, number }) => ({
      id,
      name: `${project}-${id}`,
      project,
      service,
      number,
      state: 'running',
      health: 'none',
      untouchable: null,
    }));
  },
  async examine() {
    const what = 'processes of this machine, which gameday itself starts and stops';
    return [
      ok('engine', `${what}; \`crash\` is a SIGKILL, and restart policies act`),
      ok('clock', "the engine's clock agrees with this machine"),
    ];
  },
  async examineStack(engine) {
    const rows = await engine.list();
    if (rows.length > 0)
      return [
        ok('stack', `${engine.project}: ${countRunning(rows)}`),
        ...(await proxyLines(engine)),
      ];
    const text = 'is down; its services start with the first chapter, workload or fault';
    return [ok('stack', `${engine.project} ${text}`, 'chapter next')];
  },
  async versions() {
    return { engine: null, compose: null };
  },
};

/** Nothing where the stack has no ports. */
async function proxyLines(engine: ProcessEngine): Promise<DoctorLine[]> {
  const proxy = await engine.lookAtProxy();
  if (proxy === 'none') return [];
  if (proxy === 'silent')
    return [
      warning(
        'proxy',
        'does not answer, so that clients may reach no service',
        'The next command that changes something brings it back: `chapter retry`.',
      ),
    ];
  const routes = Object.entries(proxy.routes);
  const open = routes.flatMap(([id, { state }]) => (state === 'waiting' ? [] : id));
  const others = routes.flatMap(([id, { state }]) => (state === 'waiting' ? id : []));
  const text = `stands before ${open.length} of ${routes.length} ports (pid ${proxy.pid})`;
  const without = `; not before ${others.join(', ')}, which ${others.length > 1 ? 'do' : 'does'} not listen on PORT`;
  return [ok('proxy', `${text}${others.length > 0 ? without : ''}`)];
}
