/**
 * Which kind of JMS message a frame is, by ActiveMQ's rules:
 *
 *   amq-msg-type: bytes, or content-length without amq-msg-type: text    bytes, whatever else is declared
 *   transformation: jms-map-… jms-object-… jms-stream-json               map, object, stream
 *   anything else                                                        text
 *
 * Nothing but these headers tells it, in a stored message as in a SEND: the body stays as its sender wrote it.
 */
import { bodyTypeOf, declaredKind, type FrameHeaders, ProtocolError } from '@stompbox/protocol';

export type JmsType = 'text' | 'bytes' | 'map' | 'object' | 'stream';

export function jmsTypeOf(headers: FrameHeaders): JmsType {
  if (bodyTypeOf(headers) === 'bytes') return 'bytes';
  const transformation = headers.get('transformation');
  return (transformation !== undefined && declaredKind(transformation)) || 'text';
}

/** @throws ProtocolError `STOMP_PROTO_BAD_HEADER` when `amq-msg-type` is neither text nor bytes. */
export function checkMessageType(headers: FrameHeaders): void {
  const stated = headers.get('amq-msg-type');
  if (stated === undefined || /^(?:text|bytes)$/i.test(stated)) return;
  throw new ProtocolError(
    'STOMP_PROTO_BAD_HEADER',
    `The header amq-msg-type must be text or bytes, not "${stated.slice(0, 40)}": maps and objects are declared by the header transformation`,
  );
}
