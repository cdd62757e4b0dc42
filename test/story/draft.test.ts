/** A first story for every shape of stack: what it breaks, what feels it, what it protects, and that the parser takes it. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { expect } from 'chai';
import { before, describe, it } from 'mocha';
import { parse } from 'yaml';
import { readComposeModel } from '../../src/engine/compose/compose-model.ts';
import { parseProcfile } from '../../src/engine/process/procfile.ts';
import { type Draft, draftCompose, draftProcess, offers } from '../../src/story/draft/draft.ts';
import { roleOf } from '../../src/story/draft/draft-roles.ts';
import type { StackModel, StackService } from '../../src/story/draft/draft-stack.ts';
import { Refusal } from '../../src/terms/outcomes.ts';
import { testDocker } from '../docker/docker.ts';
import { FRAME, GUESS, injectOf, loadOf } from './drafting.ts';
import { storyOf } from './parsing.ts';

const FIXTURES = join(import.meta.dirname, '..', 'fixtures', 'compose-files');
/** Fixture to: what is broken, the load (URLs or kind), what is protected. */
const EXPECTED: Record<string, [victim: string, load: string, ...protect: string[]]> = {
  'app-only-tcp': ['game', 'tcp://127.0.0.1:25565'],
  backend: ['analytics', 'http://127.0.0.1:8000/', 'db'],
  'build-only': ['app', 'http://127.0.0.1:3000/', 'queue'],
  elastic: ['es02', 'tcp://127.0.0.1:9200', 'kibana'],
  'env-file': ['shop', 'http://127.0.0.1:4000/api/health'],
  'env-interpolation': ['web', 'http://127.0.0.1:8090/', 'cache'],
  'etcd-anchors': [
    'etcd0',
    'http://127.0.0.1:12379/health http://127.0.0.1:22379/health http://127.0.0.1:32379/health',
  ],
  extends: ['orders', 'http://127.0.0.1:8088/ready'],
  gpu: ['models', 'http://127.0.0.1:11434/'],
  healthchecks: ['exec', 'http://127.0.0.1:8600/status'],
  'host-network': ['hub', 'http://127.0.0.1:8123/manifest.json', 'broker'],
  include: ['site', 'http://127.0.0.1:8000/', 'mysql', 'search'],
  jobs: ['store', 'http://127.0.0.1:8070/', 'database', 'objects'],
  kafka: ['kafka-1', 'tcp://127.0.0.1:39092'],
  'monitoring-only': [
    'prometheus',
    'http://127.0.0.1:9090/',
    'alertmanager',
    'grafana',
    'node-exporter',
  ],
  'nothing-published': ['consumer', 'simulated', 'broker'],
  override: ['api', 'http://127.0.0.1:18080/', 'postgres'],
  photos: ['photo-server', 'tcp://127.0.0.1:2283', 'database', 'redis'],
  'port-ranges': ['api', 'http://127.0.0.1:8001/ http://127.0.0.1:8002/ http://127.0.0.1:8003/'],
  'ports-long': ['dns', 'http://127.0.0.1:8053/'],
  profiles: ['web', 'http://127.0.0.1/'],
  'profiles-only': ['backend', 'http://127.0.0.1:9000/'],
  'redis-alone': ['redis', 'tcp://127.0.0.1:6380'],
  'redis-replicas': ['replica', 'redis://127.0.0.1:6379', 'primary'],
  scheduler: ['webserver', 'http://127.0.0.1:8080/health', 'postgres', 'redis'],
  'secrets-configs': ['notes', 'http://127.0.0.1:3000/', 'store'],
  sentinel: ['redis-replica', 'http://127.0.0.1:8080/', 'redis-master'],
  swarm: ['front', 'http://127.0.0.1/'],
  'three-tier': ['api', 'http://127.0.0.1:8080/', 'cache', 'db'],
  'tikv-stack': ['tikv0', 'http://127.0.0.1:2379/pd/api/v1/health', 'grafana', 'prometheus'],
  traefik: ['whoami', 'http://127.0.0.1/'],
  // The tunnel publishes the port, and takes the networks of all others with it.
  tunnel: ['client', 'http://127.0.0.1:8112/'],
  'version-2': ['application', 'http://127.0.0.1:8000/', 'mongo'],
  'windows-paths': ['iis', 'http://127.0.0.1:8085/', 'sql'],
  wordpress: ['blog', 'http://127.0.0.1:8082/', 'db'],
  'yaml-oddities': ['007', 'http://127.0.0.1:8899/'],
};

describe('a drafted story', function () {
  this.timeout(60_000);
  const models = new Map<string, StackModel>();
  const draftOf = (shape: string): Draft =>
    draftCompose(
      { model: models.get(shape) as StackModel, files: [], project: null },
      GUESS,
      FRAME,
    );

  before(async function () {
    const docker = await testDocker();
    if (!docker) return this.skip();
    const { env } = docker;
    const read = async (shape: string) =>
      models.set(
        shape,
        await readComposeModel({
          cwd: join(FIXTURES, shape),
          files: [],
          project: null,
          profiles: [],
          env,
        }),
      );
    await Promise.all(Object.keys(EXPECTED).map(read));
  });

  // Kind: a piece of a name counts as the name.
  it('takes for a store what is one, not what begins like one', () => {
    const role = (image: string) =>
      roleOf(
        {
          ...(models.get('three-tier') as StackModel).services[0],
          name: 'x',
          image,
        } as StackService,
        false,
      );
    for (const image of 'postgres:16 bitnami/postgresql postgresql-repmgr timescaledb-ha postgres-15-alpine mysql-server mariadb-galera percona-server-mongodb redis-stack-server mongodb-community-server elasticsearch opensearch rabbitmq clickhouse-server pingcap/tidb kafka-native memcached nats-streaming'.split(
      ' ',
    ))
      expect(role(image), image).to.equal('store');
    for (const image of 'postgrest/postgrest supabase/postgres-meta tidb-vision mysql-backup mongodb-operator nats-box kafka-connect cp-kafka-rest redisearch-demo minio-console postgres-backup-local etcd-browser'.split(
      ' ',
    ))
      expect(role(image), image).not.to.be.oneOf(['store', 'coordinator']);
  });

  it('is tried on every fixture, and on more than twenty', () => {
    const shapes = readdirSync(FIXTURES).filter((name) => name !== 'env-required');
    expect(Object.keys(EXPECTED).toSorted())
      .to.deep.equal(shapes.toSorted())
      .and.have.length.above(20);
  });

  for (const [shape, [victim, load, ...protect]] of Object.entries(EXPECTED)) {
    it(`is a good one for ${shape}`, () => {
      const draft = draftOf(shape);
      const story = storyOf(draft.text);
      expect(injectOf(story)).to.include({ kind: 'kill', service: victim, countdown_ms: 3000 });
      expect(loadOf(story)).to.equal(load);
      expect(story.protect).to.deep.equal(protect);
      expect(draft).to.include({ service: victim, engine: 'compose', name: story.name });
      expect(draft.text).not.to.match(/not-a-real|undefined|null/);
    });

    it(`names only what there is in ${shape}`, () => {
      const model = models.get(shape) as StackModel;
      const names = model.services.map(({ name }) => name);
      const { protect: kept, chapters } = storyOf(draftOf(shape).text);
      const probed = chapters.flatMap(({ on_enter }) =>
        on_enter.flatMap((action) =>
          action.do === 'probe' && action.probe.look === 'container' ? action.probe.service : [],
        ),
      );
      expect(names).to.include.members([
        victim,
        ...kept,
        ...probed.filter((name) => name !== null),
      ]);
      const published = model.services.flatMap(({ ports, health, hostNetwork }) => [
        ...ports.flatMap(({ port, lastPort }) =>
          Array.from({ length: lastPort - port + 1 }, (_, at) => port + at),
        ),
        hostNetwork ? health?.url?.port : 0,
      ]);
      for (const url of load.split(' ').filter((each) => each.includes('://')))
        expect(published, url).to.include(Number(new URL(url).port || 80));
    });
  }

  it('has the eight chapters, of which the fourth blocks and the seventh advances by itself', () => {
    for (const shape of Object.keys(EXPECTED)) {
      const { chapters } = storyOf(draftOf(shape).text);
      const titles = [
        'Welcome',
        'Cluster Health',
        'Load Generation',
        'Fault Injection',
        'Detection',
        'Diagnosis',
        'Recovery',
        'Demo Complete',
      ];
      expect(chapters.map(({ title }) => title)).to.deep.equal(titles);
      expect(
        chapters.filter((chapter) => chapter.blocks_advance).map(({ id }) => id),
      ).to.deep.equal(['fault-injection']);
      expect(chapters.filter((chapter) => chapter.auto_advance).map(({ id }) => id)).to.deep.equal([
        'recovery',
      ]);
    }
  });

  it('is valid for editors, too, by the published JSON Schema', () => {
    const schema = JSON.parse(
      readFileSync(join(import.meta.dirname, '..', '..', 'gameday.schema.json'), 'utf8'),
    );
    const isValid = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema);
    for (const shape of Object.keys(EXPECTED))
      expect(
        isValid(parse(draftOf(shape).text)),
        `${shape}: ${JSON.stringify(isValid.errors)}`,
      ).to.equal(true);
  });

  it('has lines that fit a screen', () => {
    for (const shape of Object.keys(EXPECTED)) {
      for (const line of draftOf(shape).text.split('\n'))
        expect(line.length, line).to.be.at.most(120);
    }
  });

  for (const shape of ['three-tier', 'etcd-anchors', 'jobs']) {
    it(`reads as a whole as it was written down for ${shape}`, () => {
      const path = join(FIXTURES, shape, 'drafted.txt');
      const { text } = draftOf(shape);
      // To write them down anew: set it, and read what came.
      if (process.env.GAMEDAY_WRITE_DRAFTS) writeFileSync(path, text);
      expect(text).to.equal(readFileSync(path, 'utf8'));
    });
  }

  it('takes the service and the load that are asked for', () => {
    const model = models.get('three-tier') as StackModel;
    const draft = (service: string | null, url: string | null) =>
      storyOf(draftCompose({ model, files: [], project: null }, { service, url }, FRAME).text);
    const story = draft('db', 'redis://127.0.0.1:7000');
    expect([injectOf(story).service, loadOf(story)]).to.deep.equal([
      'db',
      'redis://127.0.0.1:7000',
    ]);
    expect(story.protect).to.deep.equal(['cache']);
    expect(loadOf(draft(null, 'https://shop.example/health?deep=1'))).to.equal(
      'https://shop.example/health?deep=1',
    );
    expect(loadOf(draft(null, 'tcp://[::1]:5432'))).to.equal('tcp://::1:5432');
    expect(
      draftCompose(
        { model, files: [], project: null },
        { service: null, url: 'redis://:secret@db:1' },
        FRAME,
      ).text,
    ).to.include('holds a password');
  });

  it('refuses a service that is not there, one that ends by itself, and a URL of no known kind', () => {
    const refused = (shape: string, choices: { service: string | null; url: string | null }) => {
      try {
        draftCompose(
          { model: models.get(shape) as StackModel, files: [], project: null },
          choices,
          FRAME,
        );
      } catch (error) {
        if (error instanceof Refusal) return `${error.code}: ${error.message} ${error.next}`;
      }
      throw new Error('it was drafted');
    };
    expect(refused('three-tier', { service: 'ap', url: null })).to.match(
      /^no_target: .*"ap".*--service api/,
    );
    expect(refused('jobs', { service: 'migrate', url: null })).to.match(
      /^no_target: migrate runs once/,
    );
    for (const url of ['ftp://x/', 'nonsense', '127.0.0.1:80', 'tcp://x'])
      expect(refused('jobs', { service: null, url })).to.match(/^usage: /);
  });

  it('says which files, project and profiles are meant where Docker Compose would not find them', () => {
    const model = models.get('profiles-only') as StackModel;
    const { compose } = storyOf(
      draftCompose(
        { model, files: ['../a b/compose.yaml', 'x.yaml'], project: 'shop' },
        GUESS,
        FRAME,
      ).text,
    );
    expect(compose).to.deep.equal({
      files: ['/home/ops/a b/compose.yaml', '/home/ops/Shop Stack/x.yaml'],
      project: 'shop',
      profiles: ['backend', 'frontend'],
    });
    expect(storyOf(draftOf('three-tier').text).compose).to.deep.equal({
      files: [],
      project: null,
      profiles: [],
    });
  });

  it('goes to a name-based router by the name in its labels', () => {
    expect(storyOf(draftOf('traefik').text).workload).to.have.nested.property(
      'mix[0].headers.Host',
      'whoami.localhost',
    );
  });

  it('gives a slow health check the time to see that all is well', () => {
    expect(storyOf(draftOf('healthchecks').text).steady_state.recover_within_ms).to.be.at.least(
      2 * 90_000,
    );
    expect(storyOf(draftOf('gpu').text).steady_state.recover_within_ms).to.equal(30_000);
  });

  it('looks at no job, since it has ended, and at all the others', () => {
    const { chapters } = storyOf(draftOf('jobs').text);
    const probed = chapters.flatMap(({ on_enter }) =>
      on_enter.flatMap((action) => (action.do === 'probe' ? action.probe.name : [])),
    );
    expect(probed).to.deep.equal(
      ['database', 'objects', 'store'].map((name) => `every instance of ${name}`),
    );
  });

  it('offers the services best first, without jobs', () => {
    expect(offers(models.get('jobs') as StackModel).map(({ service }) => service)).to.deep.equal([
      'store',
      'objects',
      'database',
    ]);
  });
});

describe('a drafted story on the embedded engine', () => {
  it('is an example where there is nothing to start from', () => {
    const story = storyOf(draftProcess(null, 'shop', GUESS, { ...FRAME, source: null }).text);
    expect(story).to.deep.include({ engine: 'process', name: 'losing-api' });
    expect(story.services.api).to.include({ replicas: 3, port: 8081 });
    expect(loadOf(story).split(' ')).to.have.length(3);
  });

  it('starts what a Procfile names', () => {
    const services = parseProcfile(
      'release: rake db:migrate\nweb: bin/serve -p $PORT "a b"\nworker: node worker.js\n',
      '/srv/shop',
    );
    const story = storyOf(
      draftProcess(services, 'shop', GUESS, { ...FRAME, source: 'Procfile' }).text,
    );
    expect(Object.keys(story.services)).to.deep.equal(Object.keys(services));
    for (const [name, { command, port }] of Object.entries(services))
      expect(story.services[name]).to.deep.include({ command, port });
    expect([injectOf(story).service, loadOf(story)]).to.deep.equal([
      'web',
      'http://127.0.0.1:5100/',
    ]);
    const worker = storyOf(
      draftProcess(services, 'shop', { service: 'worker', url: null }, FRAME).text,
    );
    expect([injectOf(worker).service, loadOf(worker)]).to.deep.equal(['worker', 'simulated']);
    expect(() => draftProcess(services, 'shop', { service: 'wrker', url: null }, FRAME)).to.throw(
      /wrker.*release, web and worker/,
    );
  });
});
