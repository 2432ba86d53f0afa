/** prisma: a client, or the client of an interactive transaction (`prisma.$transaction(async (tx) => …)`). */
import type { SqlDialect, SqlExecutor, SqlRow } from './sql-executor.js';

export interface PrismaClientLike {
  $queryRawUnsafe(sql: string, ...values: unknown[]): PromiseLike<unknown>;
  $executeRawUnsafe(sql: string, ...values: unknown[]): PromiseLike<number>;
}

/** @param dialect which prisma itself does not tell. */
export function prismaExecutor(client: PrismaClientLike, dialect: SqlDialect): SqlExecutor {
  return {
    dialect,
    async query(sql, values) {
      // Prisma wants to know before whether there will be rows.
      if (/^\s*(?:SELECT|WITH)\b|\bRETURNING\b/i.test(sql)) {
        return (await client.$queryRawUnsafe(sql, ...values)) as readonly SqlRow[];
      }
      await client.$executeRawUnsafe(sql, ...values);
      return [];
    },
  };
}
