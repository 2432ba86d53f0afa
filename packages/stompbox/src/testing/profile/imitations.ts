/** Which broker is imitated how. */
import { activemq } from './activemq.js';
import { artemis } from './artemis.js';
import type { Imitation, ImitationOptions, TestProfile } from './imitation.js';
import { NoScheduler } from './no-scheduler.js';
import { rabbitmq } from './rabbitmq.js';

export const TEST_PROFILES: readonly TestProfile[] = [
  'stompbox',
  'activemq',
  'artemis',
  'rabbitmq',
];

export function imitationOf(profile: TestProfile, options: ImitationOptions): Imitation {
  switch (profile) {
    case 'activemq':
      return activemq(options);
    case 'artemis':
      return artemis(options);
    case 'rabbitmq':
      return rabbitmq();
    case 'stompbox':
      return stompbox(options);
  }
}

/** Itself; only its schedule may be missing. */
function stompbox({ hasScheduler }: ImitationOptions): Imitation {
  return { brokerOptions: {}, stages: hasScheduler ? [] : [() => new NoScheduler()] };
}
