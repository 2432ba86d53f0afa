import { ProtocolError } from '@stompbox/protocol';

export function missingHeader(command: string, name: string): ProtocolError {
  return new ProtocolError('STOMP_PROTO_MISSING_HEADER', `${command} needs the header ${name}`);
}
