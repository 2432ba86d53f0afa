/**
 * Remembers in which span a message was handled, because it is acknowledged after that has ended, by
 * code that runs in no context of its own. Bounded: messages of topics are never acknowledged, so the
 * oldest are forgotten, and an acknowledgement then has no parent.
 */
import type { SpanContext } from '@opentelemetry/api';

const MOST = 4_096;

export class SettleParents {
  readonly #spans = new Map<string, SpanContext>();

  remember(peer: string, messageId: string, span: SpanContext): void {
    const key = keyOf(peer, messageId);
    this.#spans.delete(key);
    this.#spans.set(key, span);
    if (this.#spans.size <= MOST) return;
    const [oldest] = this.#spans.keys();
    if (oldest !== undefined) this.#spans.delete(oldest);
  }

  find(peer: string, messageId: string): SpanContext | undefined {
    return this.#spans.get(keyOf(peer, messageId));
  }

  forget(peer: string, messageId: string): void {
    this.#spans.delete(keyOf(peer, messageId));
  }
}

function keyOf(peer: string, messageId: string): string {
  return `${peer}\n${messageId}`;
}
