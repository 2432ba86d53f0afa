/** Frames of the adapter over the client beneath, and what it means when they fail. */
import { OptionsError } from '@stompbox/protocol';
import type { Connection } from '../index.js';
import { headersForBody } from './frame-headers.js';

const RAW_COMMANDS = ['SEND', 'ACK', 'NACK', 'BEGIN', 'COMMIT', 'ABORT'] as const;

export interface WritableFrame {
  readonly command: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Resolves when the frame is handed to the transport. */
export async function writeFrame(
  connection: Connection,
  frame: WritableFrame,
  body: Uint8Array,
): Promise<void> {
  const command = RAW_COMMANDS.find((known) => known === frame.command);
  if (command === undefined) {
    throw new OptionsError(
      'STOMP_OPT_INVALID',
      `sendFrame() cannot send ${frame.command}: use the method of that name`,
    );
  }
  const headers = headersForBody(frame.headers, body);
  try {
    await connection.sendFrame({ command, headers, body });
  } catch (error) {
    throw await causeOf(connection, error as Error);
  }
}

/** An operation that fails with the connection fails for the reason that the connection has. */
export async function causeOf(connection: Connection, error: Error): Promise<Error> {
  if (connection.state !== 'closed') return error;
  return (await connection.closed) ?? error;
}
