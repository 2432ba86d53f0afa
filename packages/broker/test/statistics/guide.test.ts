/** The guide names every key that a reply can have. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { decodeUtf8, parseBody, parseDestination } from '@stompbox/protocol';
import { CountedBroker } from './counted-broker.js';

const GUIDE = new URL('../../../../docs/guide/advisories.md', import.meta.url);
const FIRST_MESSAGE = 'ActiveMQ.Statistics.Destination.Include.First.Message.Timestamp';

test('the guide explains every key of the replies', async () => {
  const broker = new CountedBroker();
  broker.has({ kind: 'queue', name: 'q' }, {}, 1);
  broker.hasSubscription({ durableName: 'dn' });
  const headers = new Map([
    ['reply-to', '/queue/r'],
    [FIRST_MESSAGE, 'true'],
  ] as const);
  const guide = await readFile(GUIDE, 'utf8');
  for (const name of ['Broker', 'Destination.q', 'Subscription']) {
    const destination = parseDestination(`/queue/ActiveMQ.Statistics.${name}`);
    const [reply] = broker.statistics.answer(destination, headers) ?? [];
    const map = parseBody('jms-map-xml', decodeUtf8(reply?.body ?? assert.fail(name)));
    assert(map.kind === 'map' && map.entries.length > 0);
    for (const [key] of map.entries) assert(guide.includes(`\`${key}\``), `${key} of ${name}`);
  }
});
