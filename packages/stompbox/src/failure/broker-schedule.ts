/**
 * Whether the broker delivers a message later when `AMQ_SCHEDULED_DELAY` says so.
 *
 *   stompbox, Artemis   yes
 *   ActiveMQ Classic    only with schedulerSupport="true", which is off by default and which nothing says;
 *                       so it is asked: a message with a delay and one without go to a temporary queue. If
 *                       the one with the delay comes first, there is no schedule. Who may not ask, has
 *                       none either: then messages are held, which works everywhere.
 *   RabbitMQ, others    no
 */
import { BrokerError, type Clock, type Connection, TimeoutError } from '@stompbox/client';
import { newProbeName } from './probe-name.js';

const PROBE_DELAY_MS = 1_000;
/** A broker that answers neither is taken for one without a schedule. */
const PROBE_TIMEOUT_MS = 5_000;

/** The answer, for each connection by the broker that it is connected to. */
const answers = new WeakMap<Connection, Map<string, Promise<boolean>>>();

/** @throws ConnectionError when the connection is lost meanwhile: ask again */
export async function hasSchedule(connection: Connection, clock: Clock): Promise<boolean> {
  const { name } = connection.profile;
  if (name === 'stompbox' || name === 'artemis') return true;
  if (name !== 'activemq') return false;
  const known = answers.get(connection) ?? new Map<string, Promise<boolean>>();
  answers.set(connection, known);
  const broker = `${connection.peer} ${connection.server}`;
  const answer = known.get(broker) ?? ask(connection, clock);
  known.set(broker, answer);
  try {
    return await answer;
  } catch (error) {
    if (error instanceof BrokerError) {
      known.set(broker, Promise.resolve(false));
      return false;
    }
    known.delete(broker);
    if (error instanceof TimeoutError) return false;
    throw error;
  }
}

async function ask(connection: Connection, clock: Clock): Promise<boolean> {
  const queue = `/temp-queue/${newProbeName()}`;
  let tell: (isScheduled: boolean) => void = () => undefined;
  const answer = new Promise<boolean>((resolve) => {
    tell = resolve;
  });
  const subscription = await connection.subscribe(queue, {}, (message) => {
    tell(message.text() === 'now');
  });
  const cancel = clock.setTimer(() => tell(false), PROBE_TIMEOUT_MS);
  try {
    await connection.send(queue, 'later', { headers: { AMQ_SCHEDULED_DELAY: PROBE_DELAY_MS } });
    await connection.send(queue, 'now');
    return await answer;
  } finally {
    cancel();
    await subscription.unsubscribe();
  }
}
