import { StompError, type StompErrorOptions } from '@stompbox/protocol';

export type ConnectorErrorCode =
  | 'STOMP_CONNECTOR_FULL'
  | 'STOMP_CONNECTOR_HANDSHAKE'
  | 'STOMP_CONNECTOR_ORIGIN'
  | 'STOMP_CONNECTOR_SUBPROTOCOL'
  | 'STOMP_CONNECTOR_CERTIFICATE';

/** A connector goes on, and the operator may want to know why somebody was not let in. */
export class ConnectorError extends StompError {
  declare readonly code: ConnectorErrorCode;
  constructor(code: ConnectorErrorCode, message: string, options?: StompErrorOptions) {
    super(code, message, options);
  }
}
