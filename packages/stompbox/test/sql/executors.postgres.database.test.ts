/** The executors over a real PostgreSQL, with the real libraries. */
import { drizzleExecutor } from 'stompbox/outbox';
import { executorSuite } from './executor-suite.js';
import {
  type Kysely,
  kysely,
  openClient,
  openDrizzle,
  openPool,
  type PgClient,
  postgresDatabase,
  sql,
} from './postgres.js';

const inTransaction = async (client: PgClient, work: (tx: PgClient) => Promise<void>) => {
  await client.query('BEGIN');
  try {
    await work(client);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
};

executorSuite('pg, a pool', async (t) => {
  const pool = openPool(t, await postgresDatabase(t));
  return {
    database: pool,
    async transaction(work) {
      const client = await pool.connect();
      try {
        await inTransaction(client, work);
      } finally {
        client.release();
      }
    },
  };
});

executorSuite('pg, a client', async (t) => {
  const url = await postgresDatabase(t);
  const database = await openClient(t, url);
  const client = await openClient(t, url);
  return { database, transaction: (work) => inTransaction(client, work) };
});

executorSuite('kysely over PostgreSQL', async (t) => {
  const pool = openPool(t, await postgresDatabase(t));
  const database: Kysely = new kysely.Kysely({
    dialect: new kysely.PostgresDialect({ pool }),
    plugins: [new kysely.CamelCasePlugin()],
  });
  return { database, transaction: (work) => database.transaction().execute(work) };
});

executorSuite('drizzle over PostgreSQL', async (t) => {
  const database = openDrizzle(openPool(t, await postgresDatabase(t)));
  return {
    database: drizzleExecutor(database, sql),
    transaction: (work) => database.transaction((tx) => work(drizzleExecutor(tx, sql))),
  };
});
