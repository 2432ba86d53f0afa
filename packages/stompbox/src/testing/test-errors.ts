/** What a test did not get. */
import { StompError } from '@stompbox/protocol';

/** What was awaited did not happen. The message says what was seen instead. `STOMP_TEST_TIMEOUT` */
export class TestTimeoutError extends StompError {
  /** @param situation what was seen so far and what waits */
  constructor(what: string, situation: string) {
    super('STOMP_TEST_TIMEOUT', `${what}\n${situation}`);
  }
}
