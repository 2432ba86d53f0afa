/**
 * Prints every message on one line: where it came from and its JSON. `npm start` runs it inside the
 * web application; `npx stompbox listen` runs it as a process of its own.
 */
import type { Message, MessageListener } from 'stompbox';

export class SampleListener implements MessageListener {
  readonly #print: (line: string) => void;

  constructor(print = (line: string): void => void process.stdout.write(`${line}\n`)) {
    this.#print = print;
  }

  onMessage(body: unknown, message: Message): void {
    this.#print(`${message.destination} ${JSON.stringify(body)}`);
  }

  onError(error: unknown, message?: Message): void {
    const where = message === undefined ? 'the listener' : `message ${message.messageId}`;
    this.#print(`${where} failed: ${error instanceof Error ? error.message : String(error)}`);
  }
}
