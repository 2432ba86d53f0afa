/** Messages that take effect together, or not at all. The broker forgets them if the client ends. */
import type { StompitHeaders } from './frame-headers.js';
import type { OutgoingFrame } from './outgoing-frame.js';
import type { SendOptions } from './send-options.js';

/** What a transaction needs from its client. */
export interface TransactionHost {
  send(headers?: StompitHeaders | string, options?: SendOptions): OutgoingFrame;
  sendFrame(command: string, headers?: StompitHeaders, options?: SendOptions): OutgoingFrame;
}

export class Transaction {
  readonly id: string | number;
  readonly #host: TransactionHost;

  constructor(id: string | number, host: TransactionHost) {
    this.id = id;
    this.#host = host;
  }

  send(headers?: StompitHeaders | string, options?: SendOptions): OutgoingFrame {
    const frame = this.#host.send(headers, options);
    frame.headers['transaction'] = String(this.id);
    return frame;
  }

  /** With `onReceipt` it tells when the broker has committed; if it cannot, the client fails. */
  commit(options?: SendOptions): void {
    this.#host.sendFrame('COMMIT', { transaction: this.id }, options).end();
  }

  abort(options?: SendOptions): void {
    this.#host.sendFrame('ABORT', { transaction: this.id }, options).end();
  }
}
