/**
 * The executor over a real prisma and a real PostgreSQL. `npm run test:tools` installs prisma; its client is
 * made here, of a schema that has nothing of ours, and runs without an engine of its own.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { type PrismaClientLike, prismaExecutor } from 'stompbox/outbox';
import { executorSuite } from './executor-suite.js';
import { postgresDatabase } from './postgres.js';

interface PrismaClient extends PrismaClientLike {
  $transaction(work: (tx: PrismaClientLike) => Promise<void>): Promise<void>;
  $disconnect(): Promise<void>;
}

const SCHEMA = `
generator client {
  provider = "prisma-client-js"
  output   = "../client"
}
datasource db {
  provider = "postgresql"
}
model Order {
  id Int @id
}
`;

const folder = process.env['TOOL_FOLDER'];
assert.ok(folder, 'run npm run test:tools -- prisma');
const requireTool = createRequire(path.join(folder, 'package.json'));
const PrismaClient = makeClient(folder);
const { PrismaPg }: { PrismaPg: new (options: { connectionString: string }) => object } =
  requireTool('@prisma/adapter-pg');

function makeClient(home: string): new (options: { adapter: object }) => PrismaClient {
  mkdirSync(path.join(home, 'prisma'), { recursive: true });
  writeFileSync(path.join(home, 'prisma/schema.prisma'), SCHEMA);
  writeFileSync(
    path.join(home, 'prisma.config.mjs'),
    "export default { schema: 'prisma/schema.prisma', datasource: { url: 'postgresql://none/none' } };\n",
  );
  const cli = path.join(path.dirname(requireTool.resolve('prisma/package.json')), 'build/index.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, 'generate'], {
    cwd: home,
    encoding: 'utf8',
    // It would be downloaded, is used for migrations only, and is only looked for here.
    env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath },
  });
  assert.equal(status, 0, `${stdout}${stderr}`);
  return requireTool('./client').PrismaClient;
}

executorSuite('prisma over PostgreSQL', async (t) => {
  const adapter = new PrismaPg({ connectionString: await postgresDatabase(t) });
  const prisma = new PrismaClient({ adapter });
  t.after(() => prisma.$disconnect());
  return {
    database: prismaExecutor(prisma, 'postgres'),
    transaction: (work) => prisma.$transaction((tx) => work(prismaExecutor(tx, 'postgres'))),
  };
});
