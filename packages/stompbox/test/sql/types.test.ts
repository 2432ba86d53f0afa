/** What applications hold in their hands has the types that outbox and idempotency ask for. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { test } from 'node:test';

const typescript = createRequire(import.meta.url).resolve('typescript/package.json');
const compiler = path.join(path.dirname(typescript), 'bin/tsc');

const LIBRARIES: Readonly<Record<string, string>> = {
  '{ Client, Pool, type PoolClient }': 'pg',
  'type { Kysely, Transaction }': 'kysely',
  '{ sql }': 'drizzle-orm',
  'type { NodePgDatabase }': 'drizzle-orm/node-postgres',
  'type { BetterSQLite3Database }': 'drizzle-orm/better-sqlite3',
  '{ createClient, createCluster }': '@redis/client',
  '{ Cluster, Redis }': 'ioredis',
  Database: 'libsql',
  '{ createOutbox, drizzleExecutor, pgWakeUp }': 'stompbox/outbox',
  '{ redisIdempotency, sqlIdempotency }': 'stompbox/idempotency',
};

const PROGRAM = `
interface Tables { orders: { id: number } }
declare const client: PoolClient;
declare const kysely: Kysely<Tables>;
declare const trx: Transaction<Tables>;
declare const drizzlePg: NodePgDatabase;
declare const drizzleSqlite: BetterSQLite3Database;

const outbox = createOutbox(new Pool());
for (const tx of [new Pool(), new Client(), client, kysely, trx, new Database('a')]) {
  await outbox.send(tx, '/queue/a', 1);
  await sqlIdempotency(tx).within(tx).record('a');
}
await outbox.send(drizzleExecutor(drizzlePg, sql), '/queue/a', 1);
await outbox.send(drizzleExecutor(drizzleSqlite, sql), '/queue/a', 1);
await drizzlePg.transaction(async (tx) => {
  await outbox.send(drizzleExecutor(tx, sql), '/queue/a', 1);
});
pgWakeUp(new Client(), outbox);
redisIdempotency(createClient());
redisIdempotency(createCluster({ rootNodes: [] }));
redisIdempotency(new Redis());
redisIdempotency(new Cluster([]));
// @ts-expect-error: this is no database
createOutbox({});
`;

test('the types of the real libraries fit', () => {
  const folder = mkdtempSync(path.join(import.meta.dirname, 'types-'));
  try {
    const imports = Object.entries(LIBRARIES).map(
      ([names, from]) => `import ${names} from '${from}';`,
    );
    writeFileSync(path.join(folder, 'program.mts'), `${imports.join('\n')}\n${PROGRAM}`);
    writeFileSync(
      path.join(folder, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          strict: true,
          module: 'NodeNext',
          target: 'ES2022',
          lib: ['ES2023'],
          types: ['node'],
          noEmit: true,
          skipLibCheck: true,
          exactOptionalPropertyTypes: true,
        },
      }),
    );
    const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', folder], {
      encoding: 'utf8',
    });
    assert.equal(stdout, '');
    assert.equal(status, 0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
