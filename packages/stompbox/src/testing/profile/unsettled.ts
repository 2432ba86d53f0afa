/** The messages that one client has got and not settled, by the names that its ACK and NACK use. */
import type { Frame } from '@stompbox/protocol';

export interface UnsettledMessage {
  /** The headers that name it, of an ACK or NACK. */
  readonly name: Readonly<Record<string, string>>;
  readonly subscription: string;
  readonly isPersistent: boolean;
}

export class UnsettledMessages {
  readonly #ackModes = new Map<string, string>();
  #messages: UnsettledMessage[] = [];

  /** Takes note of what passes, in either direction. */
  note({ command, headers }: Frame): void {
    const id = headers.get('id') ?? '';
    if (command === 'SUBSCRIBE') this.#ackModes.set(id, headers.get('ack') ?? 'auto');
    else if (command === 'MESSAGE') this.#add(headers);
    else if (command === 'UNSUBSCRIBE') {
      this.#messages = this.#messages.filter(({ subscription }) => subscription !== id);
    }
  }

  ackModeOf(subscription: string): string {
    return this.#ackModes.get(subscription) ?? 'auto';
  }

  /** The one that an ACK or NACK names. */
  named({ headers }: Frame): UnsettledMessage | undefined {
    const id = headers.get('id');
    const messageId = headers.get('message-id');
    return this.#messages.find(({ name }) =>
      name['id'] === undefined ? name['message-id'] === messageId : name['id'] === id,
    );
  }

  /** All that came before it, the oldest first. */
  before(message: UnsettledMessage): readonly UnsettledMessage[] {
    return this.#messages.slice(0, this.#messages.indexOf(message));
  }

  settle(messages: readonly UnsettledMessage[]): void {
    this.#messages = this.#messages.filter((other) => !messages.includes(other));
  }

  #add(headers: Frame['headers']): void {
    const subscription = headers.get('subscription') ?? '';
    const ack = headers.get('ack');
    const messageId = headers.get('message-id') ?? '';
    if (this.ackModeOf(subscription) === 'auto') return;
    const name: Record<string, string> =
      ack === undefined ? { 'message-id': messageId, subscription } : { id: ack };
    const isPersistent = headers.get('persistent') === 'true';
    this.#messages.push({ name, subscription, isPersistent });
  }
}
