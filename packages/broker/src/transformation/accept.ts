/**
 * The door for typed messages: a SEND that declares a map, an object or a stream is checked to be one,
 * so that a sender learns of its mistake and no consumer later finds a message that cannot be read. The body
 * is stored as it came; conversion is for those who ask for another form.
 */
import { declaredKind, type FrameHeaders, ProtocolError, parseBody } from '@stompbox/protocol';
import { checkMessageType, type JmsType, jmsTypeOf } from './jms-type.js';

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * What kind of message a SEND is. Names of `transformation` that nobody knows are user headers, as is
 * any name on a bytes message.
 *
 * @throws ProtocolError `STOMP_PROTO_BAD_TRANSFORMATION` when the body is not what it is declared as;
 * `STOMP_PROTO_BAD_HEADER` for a wrong `amq-msg-type`.
 */
export function acceptTransformation(headers: FrameHeaders, body: Uint8Array): JmsType {
  checkMessageType(headers);
  const type = jmsTypeOf(headers);
  const transformation = headers.get('transformation');
  if (type === 'bytes' || transformation === undefined) return type;
  // The others declare nothing: a text keeps them that was delivered with them and is passed on.
  if (declaredKind(transformation) === undefined) return type;
  parseBody(transformation, textOf(body, transformation));
  return type;
}

/** Not lenient: what is no UTF-8 would be stored as it is, and delivered as something else. */
function textOf(body: Uint8Array, transformation: string): string {
  try {
    return strictUtf8.decode(body);
  } catch (cause) {
    throw new ProtocolError(
      'STOMP_PROTO_BAD_TRANSFORMATION',
      `The body is not UTF-8, and ${transformation} is text: encode it, or send bytes with content-length`,
      { cause },
    );
  }
}
