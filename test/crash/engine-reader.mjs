// The thread that asks the Docker engine how the containers of a project stand, and which of gameday's own are there; or the engines
// of a swarm, how a stack of it stands; or a cluster of Kubernetes, how a namespace of it stands.
import { get } from 'node:http';
import { workerData } from 'node:worker_threads';
import { kubernetesStates } from './kubernetes-states.mjs';
import { swarmStates } from './swarm-states.mjs';

const { shared, socketPath, project, swarm, kubernetes } = workerData;
const [turn, bytes] = [new Int32Array(shared, 0, 2), new Uint8Array(shared, 8)];

/** When each began, by the first answer: one that began anew since is another state. */
let begun = null;
/** Every container that the project has had. */
const known = new Set();
const read = kubernetes
  ? kubernetesStates(askAt, kubernetes)
  : swarm
    ? swarmStates(askAt, swarm)
    : states;

for (;;) {
  Atomics.wait(turn, 0, 0);
  const text = Buffer.from(JSON.stringify(await read()));
  bytes.set(text);
  turn[1] = text.length;
  Atomics.store(turn, 0, 0);
  Atomics.notify(turn, 0);
}

async function states() {
  const all = await ask('/containers/json?all=1');
  const of = all.filter(({ Labels }) => Labels['com.docker.compose.project'] === project);
  const answers = await Promise.all(of.map(({ Id }) => ask(`/containers/${Id}/json`)));
  // One that was removed in between has no state.
  const seen = answers.filter(({ State }) => State);
  begun ??= new Map(seen.map(({ Id, State }) => [Id, State.StartedAt]));
  for (const { Id } of of) known.add(Id);
  // Those of other stacks, on which other tests are at work, come and go meanwhile.
  const own = all.filter(
    ({ Labels }) =>
      known.has(Labels['gameday.target']) || Labels['gameday.kept']?.includes(`"${project}-`),
  );
  return [
    ...seen.map(({ Id, State, NetworkSettings }) => {
      const anew = begun.get(Id) === State.StartedAt ? '' : 'anew ';
      return `${anew}${State.Status} on ${Object.keys(NetworkSettings.Networks).length} networks`;
    }),
    ...own.map(({ State }) => `${State} of gameday's own`),
  ];
}

function ask(path) {
  return askAt(socketPath, path);
}

function askAt(socketPath, path) {
  return new Promise((resolve, reject) => {
    get({ socketPath, path }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      response.once('end', () => resolve(JSON.parse(text)));
    }).once('error', reject);
  });
}
