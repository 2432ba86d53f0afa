/** A WebSocket that a test opens, feeds and closes by hand. */
export class FakeWebSocket {
  binaryType = 'blob';
  bufferedAmount = 0;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onerror: ((event: { error?: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  readonly url: string;
  readonly protocols: readonly string[];
  readonly options: unknown;
  readonly sent: (Uint8Array | string)[] = [];
  /** The code of each close() that we asked for. */
  readonly closes: (number | undefined)[] = [];

  constructor(url: string, protocols: readonly string[], options?: unknown) {
    this.url = url;
    this.protocols = protocols;
    this.options = options;
  }

  send(data: Uint8Array | string): void {
    this.sent.push(data);
  }

  close(code?: number): void {
    this.closes.push(code);
  }

  /** A message from the peer. */
  message(data: string | Uint8Array): void {
    const value = typeof data === 'string' ? data : new Uint8Array(data).buffer;
    this.onmessage?.({ data: value });
  }

  /** The peer closes. */
  closed(code: number, reason = ''): void {
    this.onclose?.({ code, reason });
  }
}
