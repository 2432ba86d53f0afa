/** Commands that receive: subscribe, unsubscribe, ack, nack, wait. */
import { usageError } from '../report-error.js';
import { type Verb, wrongUse } from './verb.js';
import { splitWords } from './words.js';

const ACK_MODES = ['auto', 'client', 'client-individual'] as const;
const DEFAULT_WAIT_SECONDS = 15;

const subscribe: Verb = {
  names: ['subscribe'],
  parameters: '<destination> [auto|client|client-individual]',
  help:
    'Prints the messages of a destination as they arrive. With auto, the default, they are taken from ' +
    'a queue as they are printed; otherwise by ack.',
  async run({ inbox, output, signal }, rest) {
    const [destination, mode = 'auto', ...more] = splitWords(rest);
    const ack = ACK_MODES.find((known) => known === mode);
    if (destination === undefined || ack === undefined || more.length > 0)
      throw wrongUse(subscribe);
    const id = await inbox.subscribe(destination, ack, signal);
    output.remark(`subscribed to ${destination}, ack ${ack}, id ${id}`);
  },
};

const unsubscribe: Verb = {
  names: ['unsubscribe'],
  parameters: '<destination>',
  help: 'Ends a subscription.',
  async run({ inbox, output, signal }, rest) {
    const [destination, ...more] = splitWords(rest);
    if (destination === undefined || more.length > 0) throw wrongUse(unsubscribe);
    await inbox.unsubscribe(destination, signal);
    output.remark(`unsubscribed from ${destination}`);
  },
};

function settlingVerb(name: 'ack' | 'nack', help: string): Verb {
  const verb: Verb = {
    names: [name],
    parameters: '<message-id> [subscription-id]',
    help: `${help} Takes the message-id or the ack header of a message that was printed.`,
    async run({ inbox, output, transaction, signal }, rest) {
      const [id, subscriptionId, ...more] = splitWords(rest);
      if (id === undefined || more.length > 0) throw wrongUse(verb);
      await inbox.settle(name, id, subscriptionId, transaction, signal);
      output.remark(`${name}ed ${id}`);
    },
  };
  return verb;
}

const ack = settlingVerb('ack', 'Takes a message from its queue for good.');
const nack = settlingVerb('nack', 'Gives a message back to the broker, which decides about it.');

const wait: Verb = {
  names: ['wait'],
  parameters: '[count] [seconds]',
  help:
    'Waits until so many more messages have been printed (default 1), at most so many seconds ' +
    `(default ${DEFAULT_WAIT_SECONDS}). For scripts.`,
  async run({ inbox, signal }, rest) {
    const [count = '1', seconds = `${DEFAULT_WAIT_SECONDS}`, ...more] = splitWords(rest);
    if (more.length > 0) throw wrongUse(wait);
    await inbox.waitForMessages(
      wholeOf('count', count),
      wholeOf('seconds', seconds) * 1000,
      signal,
    );
  },
};

export const RECEIVE_VERBS: readonly Verb[] = [subscribe, unsubscribe, ack, nack, wait];

function wholeOf(name: string, text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw usageError(`the ${name} must be a whole number of at least 1`, 'say: help wait');
}
