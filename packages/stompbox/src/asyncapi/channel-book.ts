/**
 * Collects the channels of a document with their messages and schemas. Each destination is one channel
 * with one message; the first who names a destination with a schema gives the schema.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import {
  type Destination,
  type DestinationLike,
  destinationText,
  isDestination,
} from '../destination/destination.js';
import type {
  AsyncApiChannel,
  AsyncApiMessage,
  AsyncApiOperation,
  AsyncApiReply,
  JsonSchema,
} from './async-api-types.js';
import { ChannelIds } from './channel-ids.js';
import { MESSAGE_HEADERS } from './message-headers.js';
import { payloadSchema } from './payload-schema.js';

/** The schema of the headers, which all messages share. */
const HEADERS = 'messageHeaders';

export class ChannelBook {
  readonly #ids = new ChannelIds([HEADERS]);
  readonly #replies = new Map<string, AsyncApiReply>();
  readonly channels: Record<string, AsyncApiChannel> = {};
  readonly messages: Record<string, AsyncApiMessage> = {};
  readonly schemas: Record<string, JsonSchema> = { [HEADERS]: MESSAGE_HEADERS };

  /** @param wanted the name that it has in the configuration */
  add(to: DestinationLike, wanted?: string): void {
    const text = destinationText(to);
    const id = this.#ids.idOf(text, wanted);
    const destination = isDestination(to) ? to : undefined;
    const isBetter = destination?.schema !== undefined && this.schemas[id] === undefined;
    if (id in this.channels && !isBetter) return;
    this.#addMessage(id, destination?.name ?? text, destination?.schema);
    this.channels[id] = { ...addressOf(text), ...describe(destination), ...messagesOf(id) };
  }

  /** Its messages are answered at their `reply-to`, a destination that only they know. */
  addReply(to: DestinationLike, schema: StandardSchemaV1 | undefined): void {
    this.add(to);
    const text = destinationText(to);
    const id = this.#ids.idOf(`${text}#reply`, `${this.#ids.idOf(text)}-reply`);
    this.#addMessage(id, `Reply to ${text}`, schema);
    this.channels[id] = { address: null, title: `Replies to ${text}`, ...messagesOf(id) };
    this.#replies.set(text, {
      address: {
        location: '$message.header#/reply-to',
        description: 'Usually a temporary queue of whoever asks.',
      },
      ...channelOf(id),
    });
  }

  /** What operations on this destination have in common. */
  operationOn(
    to: DestinationLike,
  ): Pick<AsyncApiOperation, 'channel' | 'messages' | 'reply'> & { readonly id: string } {
    const text = destinationText(to);
    const id = this.#ids.idOf(text);
    const reply = this.#replies.get(text);
    return { id, ...channelOf(id), ...(reply === undefined ? {} : { reply }) };
  }

  #addMessage(id: string, title: string, schema: StandardSchemaV1 | undefined): void {
    const home = `#/components/schemas/${id}`;
    const payload = payloadSchema(schema, home);
    if (schema !== undefined) this.schemas[id] = payload.schema;
    this.messages[id] = {
      name: id,
      title,
      ...(payload.note === undefined ? {} : { description: payload.note }),
      contentType: 'application/json',
      headers: { $ref: `#/components/schemas/${HEADERS}` },
      payload: schema === undefined ? {} : { $ref: home },
      correlationId: { $ref: '#/components/correlationIds/correlationId' },
    };
  }
}

/** A name with braces would be read as a pattern with parameters. */
function addressOf(destination: string): Pick<AsyncApiChannel, 'address' | 'title' | 'x-stompbox'> {
  return /[{}]/.test(destination)
    ? { address: null, title: destination, 'x-stompbox': { destination } }
    : { address: destination };
}

function describe(destination: Destination | undefined): Pick<AsyncApiChannel, 'description'> {
  return destination?.description === undefined ? {} : { description: destination.description };
}

function messagesOf(id: string): Pick<AsyncApiChannel, 'messages'> {
  return { messages: { [id]: { $ref: `#/components/messages/${id}` } } };
}

function channelOf(id: string): Pick<AsyncApiOperation, 'channel' | 'messages'> {
  return {
    channel: { $ref: `#/channels/${id}` },
    messages: [{ $ref: `#/channels/${id}/messages/${id}` }],
  };
}
