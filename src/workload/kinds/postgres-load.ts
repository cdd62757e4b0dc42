/** Queries to one PostgreSQL or several at a rate. The driver is the user's own; see postgres-driver.ts. Loaded only where a story has such a workload. */
import { setTimeout as delay } from 'node:timers/promises';
import { prepare } from '../../story/sql-statement.ts';
import type { PostgresOperation, PostgresSpec } from '../../story/workload-spec.ts';
import { type KeySequence, openKeySequence } from '../pace/key-sequence.ts';
import { type KeyedText, keyedText } from '../pace/keyed-text.ts';
import { MixedLoad } from '../pace/mixed-load.ts';
import { OneShot } from '../pace/one-shot.ts';
import type { Operation } from '../pace/open-loop.ts';
import type { OperationResult, ProtocolClient } from '../pace/protocol-client.ts';
import { findDriver } from './postgres-driver.ts';
import { PostgresPool, type Query } from './postgres-pool.ts';

/** Throws Refusal where there is no driver. Resolves also when nobody answers yet: that is for the measurement to say. */
export async function openPostgresLoad(
  spec: PostgresSpec,
  options: { seed: number; firstValue: number; cwd: string },
): Promise<MixedLoad<PostgresOperation>> {
  const sequence = openKeySequence<PostgresOperation>(spec, ({ query }) => [query], options);
  const driver = findDriver(options.cwd);
  const pools = spec.urls.map(
    (url) =>
      new PostgresPool(driver, url, { connections: spec.connections, timeoutMs: spec.timeout_ms }),
  );
  const enough = new AbortController();
  const tooLong = delay(spec.timeout_ms, undefined, { signal: enough.signal }).catch(() => {});
  await Promise.race([Promise.all(pools.map((pool) => pool.connect())), tooLong]);
  enough.abort();
  return new MixedLoad(spec, new PostgresClient(spec, pools, sequence), sequence);
}

type Filled = (key: number, value: string) => Query;

class PostgresClient implements ProtocolClient<PostgresOperation> {
  readonly count: number;
  readonly #pools: PostgresPool[];
  /** Of each operation of the mix. */
  readonly #queries: Filled[];
  readonly #sequence: KeySequence;
  readonly #timeoutMs: number;

  constructor(spec: PostgresSpec, pools: PostgresPool[], sequence: KeySequence) {
    this.count = pools.length;
    this.#pools = pools;
    this.#queries = spec.mix.map(({ query }, index) => openQuery(query, `gameday_${index}`));
    this.#sequence = sequence;
    this.#timeoutMs = spec.timeout_ms;
  }

  send(operation: Operation, endpoint: number): void {
    const query = (this.#queries[operation.choice] as Filled)(
      operation.key,
      this.#sequence.valueOf(operation.write),
    );
    (this.#pools[endpoint] as PostgresPool).run({ operation, query });
  }

  perform(
    { query }: PostgresOperation,
    endpoint: number,
    key: number,
    value: string,
  ): Promise<OperationResult> {
    return new Promise((resolve) => {
      let text = '';
      const operation = new OneShot(this.#timeoutMs, (error, undone) =>
        resolve({ error, undone, text }),
      );
      const onRows = (rows: (string | null)[][]) => {
        text = rows.map((row) => row.map((column) => column ?? '').join(' ')).join('\n');
      };
      (this.#pools[endpoint] as PostgresPool).run({
        operation,
        query: openQuery(query)(key, value),
        onRows,
      });
    });
  }

  /** The words it begins with; what comes after them may be secret. */
  describe({ query }: PostgresOperation): string {
    return query.trim().split(/\s+/).slice(0, 3).join(' ');
  }

  textsOf({ query }: PostgresOperation): string[] {
    return [query];
  }

  async close(): Promise<void> {
    for (const pool of this.#pools) pool.close();
  }
}

function openQuery(sql: string, name?: string): Filled {
  const statement = prepare(sql);
  // The story's parser has seen to that.
  if ('problem' in statement) throw new Error(statement.problem);
  const { text } = statement;
  const values: KeyedText[] = statement.parameters.map(keyedText);
  return (key, value) => ({
    ...(name !== undefined && { name }),
    text,
    values: values.map((each) => each(key, value)),
    rowMode: 'array',
  });
}
