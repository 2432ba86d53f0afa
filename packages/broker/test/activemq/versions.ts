import type { StompVersion } from '@stompbox/protocol';

/** Of ActiveMQ's suites each is for one of them; most behaviours are the same in all. */
export const VERSIONS: readonly StompVersion[] = ['1.0', '1.1', '1.2'];
