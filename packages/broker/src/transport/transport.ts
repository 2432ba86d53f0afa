/** A duplex pipe of bytes that is already open: a TCP socket, or one end of a pipe in memory. */
export interface Transport {
  /** Who is at the other end, for messages and logs: `127.0.0.1:50312`, `memory`. */
  readonly peer: string;
  /** True when the other end is on this machine. */
  readonly isLocal: boolean;
  /** Name (subject CN) in the client's TLS certificate, if it has shown one; it was verified. */
  readonly certificateName?: string | undefined;
  /** False once it is closed or broken, also before `onClose`: what is written then goes nowhere. */
  readonly isWritable: boolean;
  /** Begins to deliver. Called once; nothing is delivered before. */
  start(handlers: TransportHandlers): void;
  /**
   * Takes the bytes, which nobody changes afterwards. False: the buffer is over its mark, wait for
   * `onDrain` before writing much more.
   */
  write(bytes: Uint8Array): boolean;
  /** Stops reading, to slow the peer down. */
  pause(): void;
  resume(): void;
  /** Writes what is buffered, then closes. */
  end(): void;
  /** Closes at once. `onClose` follows. */
  destroy(error?: Error): void;
}

export interface TransportHandlers {
  onData(chunk: Uint8Array): void;
  onDrain(): void;
  /** The peer sends nothing more; it may still read. */
  onEnd?(): void;
  /** Exactly once, last; with the error if one ended it. */
  onClose(error?: Error): void;
}
