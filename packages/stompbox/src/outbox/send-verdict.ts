/**
 * Who is to blame for a send that failed, which decides about message and relay:
 *
 *   error                                     verdict    message                     relay
 *   an option, a frame that cannot be         hopeless   given up at once            goes on
 *   the broker's refusal, anything unknown    refused    tried so often, given up    goes on
 *   lost before its receipt                   lost       tried again by itself       pauses
 *   no connection, no receipt in time, login  trouble    tried again                 pauses
 *
 * A message that makes the broker drop the connection looks like an outage. So what was lost once is sent
 * with nothing beside it; lost so often again, it is the message, and counts like a refusal.
 */
import { StompError } from '@stompbox/protocol';

export type SendVerdict = 'hopeless' | 'refused' | 'lost' | 'trouble';

export function verdictOf(error: unknown): SendVerdict {
  if (!(error instanceof Error) || !('code' in error)) return 'refused';
  const code = String(error.code);
  if (code.startsWith('STOMP_OPT_') || code.startsWith('STOMP_FRAME_')) return 'hopeless';
  if (code === 'STOMP_NET_MAYBE_DELIVERED') return 'lost';
  if (code.startsWith('STOMP_NET_') || code === 'STOMP_BROKER_LOGIN') return 'trouble';
  return code === 'STOMP_BROKER_REFUSED' && isBrokersOwnTrouble(error) ? 'trouble' : 'refused';
}

/** Codes of stompbox brokers that tell of the broker, not of the message. */
function isBrokersOwnTrouble(error: object): boolean {
  const code = String(Reflect.get(error, 'brokerCode'));
  return code.startsWith('STOMP_STORE_') || code === 'STOMP_PROTO_TRY_LATER';
}

const MAX_ERROR_CHARACTERS = 1_000;

/** For the column `error`: class, code and text. */
export function errorText(error: unknown): string {
  const code = error instanceof StompError ? ` ${error.code}` : '';
  const text = error instanceof Error ? `${error.name}${code}: ${error.message}` : String(error);
  // A text column of PostgreSQL holds no NUL.
  return text.replaceAll('\0', ' ').slice(0, MAX_ERROR_CHARACTERS);
}
