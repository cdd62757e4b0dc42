// How the tasks of a stack, its services, the nodes and the claim stand, for the thread that asks on behalf of the killed command.

/** What a task passes through before it runs, whose length is nobody's business. */
const COMING = [
  'new',
  'pending',
  'assigned',
  'accepted',
  'preparing',
  'ready',
  'starting',
  'created',
];

/** `ask(socketPath, path)` resolves to JSON; `sockets`: of the nodes, a manager's first. Returns the reader. */
export function swarmStates(ask, { stack, sockets }) {
  const [manager] = sockets;
  const filters = encodeURIComponent(
    JSON.stringify({ label: [`com.docker.stack.namespace=${stack}`] }),
  );
  let begun = null;
  return async () => {
    const [tasks, services, nodes, configs, ...lists] = await Promise.all([
      ...['tasks', 'services'].map((what) => ask(manager, `/${what}?filters=${filters}`)),
      ask(manager, '/nodes'),
      ask(manager, `/configs?filters=${filters}`),
      ...sockets.map((socket) => ask(socket, '/containers/json?all=1')),
    ]);
    const containers = lists.flat();
    const wanted = tasks.filter(({ DesiredState }) => ['running', 'ready'].includes(DesiredState));
    begun ??= new Set(wanted.map(({ ID }) => ID));
    const byTask = new Map(containers.map((one) => [one.Labels['com.docker.swarm.task.id'], one]));
    return [
      ...wanted.map((task) => {
        const word = byTask.get(task.ID)?.State ?? task.Status.State;
        return `${begun.has(task.ID) ? '' : 'anew '}${COMING.includes(word) ? 'coming' : word}`;
      }),
      ...services.map(({ Spec }) => madeOf(Spec, `service with ${Spec.Mode.Replicated.Replicas}`)),
      ...nodes.map(({ Spec }) => madeOf(Spec, `node ${Spec.Availability}`)),
      ...configs.map(({ Spec }) => madeOf(Spec, 'claim')),
      ...containers
        .filter(({ Labels }) => Object.keys(Labels).some((name) => name.startsWith('gameday.')))
        .map(({ State }) => `${State} of gameday's own`),
    ];
  };
}

function madeOf({ Labels }, what) {
  const isOurs = Object.keys(Labels ?? {}).some((name) => name.startsWith('gameday.'));
  return isOurs ? `${what} of gameday's` : what;
}
