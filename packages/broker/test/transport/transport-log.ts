/** Everything that a transport tells, in order, and waiting for it. */
import type { Transport } from '@stompbox/broker';

export class TransportLog {
  readonly #chunks: Uint8Array[] = [];
  #waiting: Array<() => void> = [];
  drains = 0;
  ends = 0;
  closes: Array<Error | undefined> = [];

  constructor(transport: Transport) {
    transport.start({
      onData: (chunk) => this.#tell(() => this.#chunks.push(chunk)),
      onDrain: () => this.#tell(() => (this.drains += 1)),
      onEnd: () => this.#tell(() => (this.ends += 1)),
      onClose: (error) => this.#tell(() => this.closes.push(error)),
    });
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  async until(isDone: () => boolean): Promise<void> {
    while (!isDone()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  async received(text: string): Promise<void> {
    await this.until(() => this.bytes.length >= Buffer.byteLength(text));
    if (this.bytes.toString() !== text) throw new Error(`got ${this.bytes.toString()}`);
  }

  closed(): Promise<void> {
    return this.until(() => this.closes.length > 0);
  }

  #tell(note: () => void): void {
    note();
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
