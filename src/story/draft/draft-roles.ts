/**
 * What a service is, guessed from its image and its name: one table of well-known images. Pure.
 * Lacks on purpose: any look inside an image. What is not in the table is taken for the team's own program.
 */
import type { StackService } from './draft-stack.ts';

export type Role =
  /** The team's own program, or any other that is not in the table. */
  | 'app'
  /** Passes requests on. */
  | 'proxy'
  /** Keeps state. */
  | 'store'
  /** Keeps state for others that keep state: who leads, who is a member. */
  | 'coordinator'
  /** Watches the others; breaking it blinds the audience. */
  | 'monitoring'
  /** For people who look into the stack by hand. */
  | 'tool'
  /** Makes load. */
  | 'load'
  /** Runs once and ends. */
  | 'job';

/** How a well-known service is spoken to. */
export type Protocol = 'http' | 'redis' | 'tcp';

interface Known {
  role: Role;
  protocol: Protocol;
  /** Of an HTTP service: what answers without a login. */
  path: string;
}

const as = (role: Role, protocol: Protocol = 'tcp', path = '/'): Known => ({
  role,
  protocol,
  path,
});

/** The first row that matches the last part of the image's name. Tools are called after what they look at, so they come first. */
const TABLE: readonly (readonly [RegExp, Known])[] = [
  [
    /exporter|cadvisor|opentelemetry|victoria-?metrics|^otel|^vm(agent|alert)/,
    as('monitoring', 'http'),
  ],
  [
    /^(grafana|prometheus|alertmanager|pushgateway|loki|promtail|alloy|tempo|mimir|thanos|jaeger|zipkin|pyroscope)/,
    as('monitoring', 'http'),
  ],
  [
    /^(kibana|opensearch-dashboards|logstash|filebeat|metricbeat|apm-server|fluentd|fluent-bit|vector|telegraf|statsd)/,
    as('monitoring', 'http'),
  ],
  [/^(netdata|uptime-kuma|dozzle|datadog|newrelic)/, as('monitoring', 'http')],
  [
    /^(adminer|phpmyadmin|pgadmin|pgweb|mongo-express|redis-?commander|redis-?insight|phpredisadmin|cloudbeaver)/,
    as('tool', 'http'),
  ],
  [/^postgres-meta$|-(?:ui|dashboard|vision|studio|console|admin|backup)$/, as('tool', 'http')],
  [
    /^(kafka-ui|kafdrop|akhq|redpanda-console|console|cerebro|elasticvue|etcd-?keeper)/,
    as('tool', 'http'),
  ],
  [
    /^(mailhog|mailpit|maildev|mailcatcher|smtp4dev|portainer|watchtower|docker-socket-proxy|code-server)/,
    as('tool', 'http'),
  ],
  [
    /(^|-)ycsb|^(k6|locust|vegeta|wrk|hey|siege|jmeter|gatling|artillery|redis-benchmark|sysbench|pgbench)/,
    as('load'),
  ],
  [/^(mc|flyway|liquibase|migrate|atlas|dbmate|dockerize)$|-migrations?$|-migrator$/, as('job')],
  [
    /^(nginx|openresty|traefik|haproxy|envoy|caddy|kong|apisix|varnish|squid|swag|krakend|tyk|angie|oauth2-proxy)/,
    as('proxy', 'http'),
  ],
  [/^(pgbouncer|pgcat|pgpool|proxysql|maxscale|twemproxy)/, as('proxy')],
  [/^(etcd)/, as('coordinator', 'http', '/health')],
  [/^(consul|vault)/, as('coordinator', 'http')],
  [/^pd$/, as('coordinator', 'http', '/pd/api/v1/health')],
  [/^(zookeeper|cp-zookeeper|redis-sentinel)/, as('coordinator')],
  [/^(redis|valkey|keydb|dragonfly)/, as('store', 'redis')],
  [/^(clickhouse)/, as('store', 'http', '/ping')],
  [/^(meilisearch|typesense)/, as('store', 'http', '/health')],
  [/^minio/, as('store', 'http', '/minio/health/live')],
  [
    /^(elasticsearch|opensearch|couchdb|influxdb|arangodb|neo4j|solr|rqlite|qdrant|weaviate|chroma|surrealdb|dgraph|seaweedfs)/,
    as('store', 'http'),
  ],
  [/^(ollama|open-webui|vllm|localai|text-generation-inference)/, as('app', 'http')],
  [
    /^(postgres|postgis|pgvector|timescale|spilo|citus|mysql|mariadb|percona|mssql|oracle|firebird|tidb)/,
    as('store'),
  ],
  [
    /^(mongo|cassandra|scylla|cockroach|yugabyte|tikv|tiflash|foundationdb|rethinkdb|aerospike|memcached|couchbase|ferretdb|hazelcast)/,
    as('store'),
  ],
  [
    /^(kafka|cp-kafka|redpanda|rabbitmq|nats|pulsar|activemq|artemis|nsq|emqx|eclipse-mosquitto|mosquitto|beanstalkd)/,
    as('store'),
  ],
];

/** What may follow the name of a store without making another program of it: editions, versions, the part that it plays. */
const SAME_STORE =
  /^(?:db|ql|sql|search|d|mq)?\d*(?:[-_.](?:v?\d[\w.]*|alpine|debian|server|cluster|ha|ce|ee|oss|xe|free|express|stack|native|community|enterprise|sharded|galera|repmgr|xtradb|distribution|mongodb|mysql|postgresql|db|sql|database|node|broker|streaming|standalone|single|master|primary|replica|slave|kraft|management|edge|lts|dev|all|arm64|amd64))*$/;

/** Names that tell what the image does not. */
const JOB_NAME =
  /(^|[-_.])(migrate|migrations?|migrator|init|initializer|seed|seeder|setup|bootstrap|provision|certs?)($|[-_.])/;
const PROXY_NAME = /^(proxy|lb|load-?balancer|ingress|edge|reverse-?proxy)$/;

/** Roles that a name alone may claim, where the image is the team's own. */
const NAMED: readonly Role[] = ['store', 'coordinator', 'monitoring'];

export function knownImage({ name, image }: StackService): Known | null {
  // Microsoft's have their names in the middle.
  if (/mssql\/server|azure-sql/i.test(image ?? '')) return as('store');
  const imageName = nameOfImage(image ?? '');
  const byImage = TABLE.find((row) => isNamed(row, imageName))?.[1];
  if (byImage) return byImage;
  const byName = TABLE.find(([pattern]) => pattern.exec(name)?.[0] === name)?.[1];
  return byName && NAMED.includes(byName.role) ? byName : null;
}

/** The beginning of a name makes no store: postgrest is none, postgres-15-alpine is one. */
function isNamed([pattern, { role }]: (typeof TABLE)[number], imageName: string): boolean {
  const found = pattern.exec(imageName);
  if (found === null) return false;
  const rest = imageName.slice(found.index + found[0].length);
  return (role !== 'store' && role !== 'coordinator') || SAME_STORE.test(rest);
}

/** `registry:5000/team/app:1@sha256:…` to `app`. */
function nameOfImage(image: string): string {
  const [path = ''] = image.split('@');
  const [name = ''] = (path.split('/').at(-1) ?? '').split(':');
  return name.toLowerCase();
}

/** `awaited`: another service waits until this one has completed. */
export function roleOf(service: StackService, awaited: boolean): Role {
  if (awaited || service.jobMode) return 'job';
  const known = knownImage(service);
  const name = service.name.toLowerCase();
  const staysUp =
    service.restart === 'always' ||
    service.restart === 'unless-stopped' ||
    service.ports.length > 0 ||
    service.replicas > 1;
  if (!staysUp && JOB_NAME.test(name)) return 'job';
  return known?.role ?? (PROXY_NAME.test(name) ? 'proxy' : 'app');
}
