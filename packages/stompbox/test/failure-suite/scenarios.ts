/** Groups tests that share a broker, each with a scene of its own. */
import { after, before, describe, type TestContext } from 'node:test';
import { Scene } from './scene.js';
import { brokerName, type SuiteBroker, startSuiteBroker } from './suite-broker.js';

/** How much load: `full` in the failure suite, `small` among the tests of every day. */
export type Size = 'small' | 'full';

export type OpenScene = (test: TestContext) => Scene;

export function scenarios(title: string, define: (open: OpenScene) => void): void {
  describe(`${title} (${brokerName()})`, () => {
    let broker: SuiteBroker | undefined;
    before(async () => {
      broker = await startSuiteBroker();
    });
    after(() => broker?.close());
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
