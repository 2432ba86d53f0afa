/** Groups tests that share a broker, each with a scene of its own. */
import assert from 'node:assert/strict';
import { after, before, describe, type TestContext } from 'node:test';
import { Scene } from './scene.js';
import { brokerName, type SuiteBroker, startSuiteBroker } from './suite-broker.js';

/** How much load: `full` in the failure suite, `small` among the tests of every day. */
export type Size = 'small' | 'full';

export type OpenScene = (test: TestContext) => Scene;

export function scenarios(title: string, define: (open: OpenScene) => void): void {
  describe(`${title} (${brokerName()})`, () => {
    let broker: SuiteBroker | undefined;
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    before(async () => {
      process.on('warning', onWarning);
      broker = await startSuiteBroker();
    });
    after(async () => {
      await broker?.close();
      process.off('warning', onWarning);
      assert.deepEqual(warnings, [], 'Node has warned of nothing');
    });
    define((test) => {
      if (broker === undefined) throw new Error('The broker has not started');
      return new Scene(test, broker);
    });
  });
}

/** What the brokers cannot do, and why a test is skipped there. */
export const whyNot = {
  selector: brokerName() === 'rabbitmq' ? 'RabbitMQ has no selectors' : false,
  schedule: brokerName() === 'rabbitmq' ? 'RabbitMQ has no schedule' : false,
} as const;
