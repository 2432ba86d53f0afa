/**
 * What an application writes itself where its library has no listeners: at most so many handlers at a
 * time, and an ACK after each. Retries, dead letters, draining and metrics are not even begun here.
 */
import { CONCURRENCY } from './scenarios.mjs';

/**
 * Gives what takes each message: its body, and what acknowledges it, with a receipt where it is given a
 * function to call then.
 *
 * @param onSettled called once, when the broker has confirmed the last one of `count`
 */
export function handleByHand({ count, isAckConfirmed }, handler, onSettled, onError) {
  const waiting = [];
  let running = 0;
  let handled = 0;
  let confirmed = 0;
  const onReceipt = () => {
    confirmed++;
    if (!isAckConfirmed || confirmed === count) onSettled();
  };
  const run = async (body, ack) => {
    running++;
    try {
      await handler(body);
      handled++;
      ack(isAckConfirmed || handled === count ? onReceipt : undefined);
    } catch (error) {
      onError(error);
    }
    running--;
    const next = waiting.shift();
    if (next !== undefined) run(next.body, next.ack);
  };
  return (body, ack) => {
    if (running < CONCURRENCY) run(body, ack);
    else waiting.push({ body, ack });
  };
}
