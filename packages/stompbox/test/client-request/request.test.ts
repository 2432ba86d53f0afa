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
    const port = broker.connectors[0]?.port ?? 0;
    return {
      url: `stomp://127.0.0.1:${port}`,
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
