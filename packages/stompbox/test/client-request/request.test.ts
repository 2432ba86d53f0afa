import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Broker, startBroker } from '@stompbox/broker';
import { requestSuite } from './request-suite.js';

requestSuite({
  name: 'the embedded broker',
  async start() {
    const data = mkdtempSync(join(tmpdir(), 'stompbox-requests-'));
    let broker: Broker = await startBroker({ data, connectors: [{ port: 0 }] });
    const [connector] = broker.connectors;
    assert.ok(connector);
    const { port, url } = connector;
    return {
      url,
      async restart() {
        await broker.close();
        broker = await startBroker({ data, connectors: [{ port }] });
      },
      async stop() {
        await broker.close();
        rmSync(data, { recursive: true, force: true });
      },
    };
  },
});
