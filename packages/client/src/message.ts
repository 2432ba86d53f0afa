/** What an application receives. */
import type { BodyType, FrameHeaders } from '@stompbox/protocol';
import type { AckOptions } from './operation-options.js';

export interface Message<T = unknown> {
  /** Where it was sent to; with wildcards not what was subscribed to. */
  readonly destination: string;
  readonly messageId: string;
  readonly headers: FrameHeaders;
  /**
   * The bytes as they came (STOMP_PROTO_STREAMED if it is streamed): a view of the chunk that they arrived in. Copy it (`body.slice()`) to
   * keep it for long.
   */
  readonly body: Uint8Array;
  /**
   * True when it is larger than `streamBodiesOverBytes` of the connection: only `stream` reads it.
   * Everything else of the connection waits for whoever reads it; what is left unread when the
   * handler finishes, or the loop asks for the next message, is thrown away.
   */
  readonly isStreamed: boolean;
  /** The body in parts, as they arrive. It can be read once. */
  stream(): AsyncIterable<Uint8Array>;
  /** The JMS type, as ActiveMQ decides it: `bytes` if there is a content-length, else `text`. */
  readonly bodyType: BodyType;
  /** True when the broker has offered it before, to anybody. */
  readonly isRedelivered: boolean;
  /**
   * The body as a value: by the codec of the subscription, or by the one of its content type; without
   * a content type text as a string and bytes as they are.
   * @throws STOMP_OPT_NO_CODEC, STOMP_PROTO_BAD_BODY
   */
  value(): T;
  /** The body in an array of its own, which may be kept and changed. */
  bytes(): Uint8Array;
  /** The body as UTF-8 text; decoded at the first call. */
  text(): string;
  /**
   * The body parsed as JSON.
   * @throws SyntaxError when it is not JSON.
   */
  json<T = unknown>(): T;
  /**
   * Tells the broker that the message is dealt with; in ack mode `client` all earlier ones of the
   * subscription too. Resolves when the frame is on its way, in order with everything sent before;
   * with `receipt: true` when the broker has confirmed it.
   *
   * @throws STOMP_NET_STALE_MESSAGE the connection that delivered it is gone; the broker delivers again
   * @throws STOMP_PROTO_NO_MESSAGE it was already acked or nacked
   * @throws STOMP_PROTO_UNEXPECTED_FRAME the subscription has ack mode `auto`
   */
  ack(options?: AckOptions): Promise<void>;
  /**
   * Tells the broker that the message could not be dealt with. What that means is the broker's
   * choice: ActiveMQ dead-letters it, RabbitMQ puts it back, Artemis discards it, stompbox offers
   * it again after a pause. Fails like `ack`, and on STOMP 1.0, which has no NACK.
   */
  nack(options?: AckOptions): Promise<void>;
}
