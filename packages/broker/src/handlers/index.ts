/**
 * All commands of a client on one screen. A handler does what its frame asks for, or throws the error
 * that the client is told; it may return what is to be done after the frame's receipt was sent.
 */
import { type ClientCommand, type Command, type Frame, ProtocolError } from '@stompbox/protocol';
import type { Session } from '../session.js';
import { handleAck, handleNack } from './ack.js';
import { handleConnect } from './connect.js';
import { handleDisconnect } from './disconnect.js';
import { handleSend } from './send.js';
import { handleSubscribe } from './subscribe.js';
import { handleAbort, handleBegin, handleCommit } from './transaction.js';
import { handleUnsubscribe } from './unsubscribe.js';

export type AfterReceipt = () => void;
export type Handler = (session: Session, frame: Frame) => AfterReceipt | undefined;

const handlers: Readonly<Record<Exclude<ClientCommand, 'CONNECT' | 'STOMP'>, Handler>> = {
  SEND: handleSend,
  SUBSCRIBE: handleSubscribe,
  UNSUBSCRIBE: handleUnsubscribe,
  ACK: handleAck,
  NACK: handleNack,
  BEGIN: handleBegin,
  COMMIT: handleCommit,
  ABORT: handleAbort,
  DISCONNECT: handleDisconnect,
};

export function handleFrame(session: Session, frame: Frame): AfterReceipt | undefined {
  const { command } = frame;
  const isConnect = command === 'CONNECT' || command === 'STOMP';
  if (session.state === 'connecting') {
    if (isConnect) return handleConnect(session, frame);
    throw new ProtocolError(
      'STOMP_PROTO_NOT_CONNECTED',
      `${command} before CONNECT: the first frame must be CONNECT or STOMP`,
    );
  }
  if (isConnect) {
    throw new ProtocolError('STOMP_PROTO_ALREADY_CONNECTED', `${command} on a connected session`);
  }
  if (isServerCommand(command)) {
    throw new ProtocolError('STOMP_PROTO_UNEXPECTED_FRAME', `${command} is for servers to send`);
  }
  return handlers[command](session, frame);
}

function isServerCommand(command: Command): command is Exclude<Command, ClientCommand> {
  return (
    command === 'CONNECTED' || command === 'MESSAGE' || command === 'RECEIPT' || command === 'ERROR'
  );
}
