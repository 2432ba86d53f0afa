/** The exit codes of the `stompbox` command, and which error leads to which. */

import { StompError } from '@stompbox/protocol';
import { CommanderError } from 'commander';

export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  connection: 3,
  refused: 4,
  interrupted: 130,
} as const;

export const EXIT_CODE_HELP = `Exit codes:
  0    it worked
  1    it failed
  2    wrong arguments or settings
  3    no connection to the broker, or no answer in time
  4    the broker refused it
  130  interrupted by Ctrl-C`;

/** By the family of the error's code; what is not ours is a failure. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return EXIT.usage;
  if (!(error instanceof StompError)) return EXIT.failure;
  if (error.code.startsWith('STOMP_OPT_')) return EXIT.usage;
  if (error.code === 'STOMP_PROTO_BAD_DESTINATION') return EXIT.usage;
  // The broker was there; handlers or confirmations were not done in time.
  if (error.code === 'STOMP_NET_TIMEOUT_CLOSE') return EXIT.failure;
  if (error.code.startsWith('STOMP_NET_')) return EXIT.connection;
  return error.code === 'STOMP_BROKER_REFUSED' || error.code === 'STOMP_BROKER_LOGIN'
    ? EXIT.refused
    : EXIT.failure;
}
