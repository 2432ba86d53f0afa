/** The client's end of a WebSocket: as a transport for `StompClient`, or bare for tests of messages. */
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import type { Transport, TransportHandlers } from '@stompbox/broker';
import { type ClientOptions, type RawData, WebSocket } from 'ws';

export interface WebSocketMessage {
  readonly bytes: Buffer;
  readonly format: 'text' | 'binary';
}

export interface WebSocketEndOptions extends ClientOptions {
  readonly subProtocols?: string[];
  /** How it sends. Default text, as stompjs does. */
  readonly format?: 'text' | 'binary';
}

export class WebSocketEnd implements Transport {
  readonly peer = 'broker';
  readonly isLocal = true;
  readonly webSocket: WebSocket;
  /** What came, each as it was cut. */
  readonly messages: WebSocketMessage[] = [];
  readonly #format: 'text' | 'binary';
  #handlers: TransportHandlers | undefined;
  #waiting: Array<() => void> = [];
  #closeCode: number | undefined;

  constructor(webSocket: WebSocket, format: 'text' | 'binary') {
    this.webSocket = webSocket;
    this.#format = format;
    webSocket.on('message', (data, isBinary) => this.#read(data, isBinary));
    webSocket.on('close', (code) => {
      this.#closeCode = code;
      this.#handlers?.onClose();
      this.#wake();
    });
  }

  static async open(
    t: TestContext,
    url: string,
    { subProtocols = [], format = 'text', ...options }: WebSocketEndOptions = {},
  ): Promise<WebSocketEnd> {
    const webSocket = new WebSocket(url, subProtocols, { perMessageDeflate: false, ...options });
    t.after(() => webSocket.terminate());
    const end = new WebSocketEnd(webSocket, format);
    await once(webSocket, 'open');
    return end;
  }

  get isWritable(): boolean {
    return this.webSocket.readyState === WebSocket.OPEN;
  }

  start(handlers: TransportHandlers): void {
    this.#handlers = handlers;
  }

  write(bytes: Uint8Array): boolean {
    this.webSocket.send(bytes, { binary: this.#format === 'binary' });
    return true;
  }

  pause(): void {
    this.webSocket.pause();
  }

  resume(): void {
    this.webSocket.resume();
  }

  end(): void {
    this.webSocket.close();
  }

  destroy(): void {
    this.webSocket.terminate();
  }

  /** The code with which it was closed. */
  async closed(): Promise<number> {
    await this.until(() => this.#closeCode !== undefined);
    return this.#closeCode ?? 0;
  }

  async until(isDone: () => boolean): Promise<void> {
    while (!isDone()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #read(data: RawData, isBinary: boolean): void {
    const bytes = data as Buffer;
    this.messages.push({ bytes, format: isBinary ? 'binary' : 'text' });
    this.#handlers?.onData(bytes);
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** The status and the text with which a WebSocket was refused. */
export function refusedWebSocket(
  url: string,
  { subProtocols = [], ...options }: WebSocketEndOptions = {},
): Promise<{ readonly status: number | undefined; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const webSocket = new WebSocket(url, subProtocols, options);
    webSocket.once('open', () => reject(new Error('it was accepted')));
    webSocket.once('error', reject);
    webSocket.once('unexpected-response', (_request, response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode, text }));
    });
  });
}
