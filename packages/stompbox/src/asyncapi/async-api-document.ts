/**
 * The AsyncAPI 3.0 document of an application: what it listens to and what it sends, with the schemas of
 * its destinations.
 *
 * - servers = the brokers of the settings, channels = destinations, operations `receive` = listeners
 *   and `send` = what is sent to
 * - the same input gives the same document, in the same order, so it may be compared
 * - no login, no password and no time of making is in it
 * - AsyncAPI's binding of STOMP must be empty, so what a listener does with its messages is in `x-stompbox`
 *
 * It is not read back, and nothing is validated against it at run time: that is the schemas' part.
 */
import {
  type DestinationLike,
  destinationText,
  isDestination,
} from '../destination/destination.js';
import { resolveListener } from '../listener/listener.js';
import { resolveConsumption } from '../listener/listener-options.js';
import {
  type AsyncApiOptions,
  type ConsumedListener,
  type ResolvedAsyncApiOptions,
  resolveAsyncApiOptions,
} from './async-api-options.js';
import type { AsyncApiDocument, AsyncApiOperation, Extension } from './async-api-types.js';
import { ChannelBook } from './channel-book.js';
import { listenerExtension } from './listener-extension.js';
import { CORRELATION_ID } from './message-headers.js';
import { serversOf } from './servers.js';

/**
 * The document as a plain object; `JSON.stringify` makes the file of it.
 *
 * @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN`
 */
export function asyncApiDocument(raw: AsyncApiOptions): AsyncApiDocument {
  const options = resolveAsyncApiOptions(raw);
  const channels = new ChannelBook();
  for (const [id, destination] of Object.entries(options.destinations)) {
    channels.add(destination, id);
  }
  const received = receivedBy(options);
  for (const { destination } of received) channels.add(destination);
  const sent = options.sends ?? unheard(options, received);
  for (const destination of sent) channels.add(destination);
  for (const { destination, reply } of options.requests) channels.addReply(destination, reply);
  return {
    asyncapi: '3.0.0',
    info: options.info,
    defaultContentType: 'application/json',
    servers: serversOf(options.settings),
    channels: channels.channels,
    operations: { ...receives(received, channels), ...sends(sent, channels) },
    components: {
      messages: channels.messages,
      schemas: channels.schemas,
      correlationIds: { correlationId: CORRELATION_ID },
      ...(options.settings.user === undefined
        ? {}
        : {
            securitySchemes: {
              login: {
                type: 'userPassword',
                description: 'The headers login and passcode of CONNECT.',
              },
            },
          }),
    },
  };
}

interface Received {
  readonly destination: DestinationLike;
  readonly listener: string;
  readonly extension: Extension;
}

/** Each listener once per destination that it subscribes to. */
function receivedBy(options: ResolvedAsyncApiOptions): Received[] {
  const { queue, topic, listener: defaults } = options.settings;
  return options.listeners.flatMap((item) => {
    const consumed: ConsumedListener = 'listener' in item ? item : { listener: item };
    const resolved = resolveListener(consumed.listener);
    const own = resolved.destination;
    const fallback = own === undefined ? [queue, topic] : [destinationText(own)];
    const consumption = resolveConsumption(
      consumed.options ?? {},
      resolved.options ?? {},
      fallback,
      defaults,
    );
    const listener = consumption.name ?? resolved.name;
    return consumption.destinations.map((destination) => ({
      // With its schema, where the listener's own destination is the one that is subscribed to.
      destination: isDestination(own) && own.destination === destination ? own : destination,
      listener,
      extension: listenerExtension(listener, destination, consumption),
    }));
  });
}

/** Those of the configuration that nothing here listens to. */
function unheard(
  { destinations }: ResolvedAsyncApiOptions,
  received: readonly Received[],
): DestinationLike[] {
  const heard = new Set(received.map(({ destination }) => destinationText(destination)));
  return Object.values(destinations).filter(({ destination }) => !heard.has(destination));
}

type Operations = Record<string, AsyncApiOperation>;

function receives(received: readonly Received[], channels: ChannelBook): Operations {
  const operations: Operations = {};
  for (const { destination, listener, extension } of received) {
    const { id, ...rest } = channels.operationOn(destination);
    let name = `receive-${id}`;
    for (let count = 2; name in operations; count += 1) name = `receive-${id}-${count}`;
    operations[name] = { action: 'receive', title: listener, ...rest, 'x-stompbox': extension };
  }
  return operations;
}

function sends(sent: readonly DestinationLike[], channels: ChannelBook): Operations {
  return Object.fromEntries(
    sent.map((destination) => {
      const { id, ...rest } = channels.operationOn(destination);
      return [`send-${id}`, { action: 'send', ...rest }];
    }),
  );
}
