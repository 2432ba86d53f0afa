import type { MessageOptions } from '../../message/message-options.js';

/** Data with options of the message: `client.emit('orders', new StompRecord(order, { priority: 7 }))`. */
export class StompRecord<Data = unknown> {
  readonly data: Data;
  readonly options: MessageOptions;

  constructor(data: Data, options: MessageOptions = {}) {
    this.data = data;
    this.options = options;
  }
}

export function recordOf(data: unknown): StompRecord {
  return data instanceof StompRecord ? data : new StompRecord(data);
}
