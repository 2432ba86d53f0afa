/**
 * What `npm run dlq` runs:
 *
 *   npm run dlq                    lists the dead letters of the queue orders, by fingerprint
 *   npm run dlq -- FINGERPRINT     sends those with this fingerprint back
 *
 * The broker is that of MQ_URL, else the one that `npm start` runs.
 */
import { createMessaging, resolveSettings } from 'stompbox';
import { type DeadLetter, deadLetters, sendBack } from './dead-letters.js';
import { orders } from './destinations.js';

const say = (line: string) => process.stdout.write(`${line}\n`);
const [fingerprint] = process.argv.slice(2);

const settings = resolveSettings({ connection: { startup: 'fail' } });
const messaging = createMessaging(settings);
try {
  const connection = await messaging.getConnection();
  if (fingerprint === undefined) list(await deadLetters(connection, orders.name));
  else say(`${await sendBack(connection, orders.name, fingerprint)} sent back to ${orders.name}`);
} catch (error) {
  process.stderr.write(`error: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
} finally {
  await messaging.close();
}

function list(letters: readonly DeadLetter[]): void {
  if (letters.length === 0) say('No dead letters.');
  const prints = new Set(letters.map((letter) => letter.fingerprint));
  for (const print of prints) {
    const alike = letters.filter((letter) => letter.fingerprint === print);
    say(`${print}  ${alike.length} dead letters`);
    for (const { failedAt, attempts, reason, body } of alike) {
      say(`  ${failedAt}  after ${attempts} attempts: ${reason}`);
      say(`  ${body}`);
    }
  }
}
