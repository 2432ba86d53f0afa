/** An error as the command line shows it: what, what to try, and the code to search for. */
import { StompError } from '@stompbox/protocol';
import { CommanderError } from 'commander';
import type { Terminal } from './terminal.js';

/** A wrong call of a command. Like commander's own, it ends with exit code 2. */
export function usageError(message: string, hint?: string): UsageError {
  return new UsageError(message, hint);
}

export class UsageError extends CommanderError {
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(2, 'stompbox.usage', message);
    this.hint = hint;
  }
}

/** Something of the user's failed: one line and a hint, without a stack of ours. */
export class CommandError extends Error {
  readonly hint: string | undefined;

  constructor(message: string, hint?: string, options?: ErrorOptions) {
    super(message, options);
    this.hint = hint;
  }
}

export function reportError(error: unknown, terminal: Terminal, command: string): void {
  terminal.talk(`${terminal.red('error:')} ${messageOf(error)}`);
  const hint = hintOf(error, command);
  if (hint !== undefined) terminal.talk(`hint: ${hint}`);
  const code = codeOf(error);
  if (code !== undefined) terminal.talk(`code: ${code}`);
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof StompError || error instanceof CommandError) return error.message;
  if (error instanceof CommanderError) return error.message.replace(/^error: /, '');
  // Not one of ours, so whoever reports it will need to know where it came from.
  return error.stack ?? error.message;
}

function hintOf(error: unknown, command: string): string | undefined {
  if (error instanceof UsageError && error.hint !== undefined) return error.hint;
  if (error instanceof CommandError) return error.hint;
  if (error instanceof CommanderError) return `see ${command} --help`;
  if (!(error instanceof StompError)) return undefined;
  switch (error.code) {
    case 'STOMP_NET_REFUSED':
    case 'STOMP_NET_UNREACHABLE':
      return 'set the broker with --url or MQ_URL, or start one with: npx stompbox broker';
    case 'STOMP_BROKER_LOGIN':
      return 'give the login with --login and --passcode-file, or MQ_USER and MQ_PASSWORD';
    default:
      return undefined;
  }
}

function codeOf(error: unknown): string | undefined {
  if (error instanceof StompError) return error.code;
  return error instanceof CommanderError ? 'STOMP_OPT_INVALID' : undefined;
}
