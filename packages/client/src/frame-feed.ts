/**
 * Tells listeners of every frame that comes and goes: what logs, statistics and tests are fed by.
 * Passcodes are masked before anything is told. Nobody pays who has no listener: ask `isHeard`.
 */
import { type Command, FrameHeaders } from '@stompbox/protocol';
import { callListener } from './status-feed.js';

/** A frame as its bytes say it; the passcode of CONNECT is shown as `***`. */
export interface ObservedFrame {
  readonly command: Command;
  readonly headers: FrameHeaders;
  /** A text that was sent as text, otherwise bytes; of a streamed body nothing. */
  readonly body: string | Uint8Array;
}

export interface FrameEvent {
  readonly direction: 'in' | 'out';
  /** "host:port" of the broker. */
  readonly peer: string;
  /** Nothing for a heart-beat. */
  readonly frame: ObservedFrame | undefined;
}

export type FrameListener = (event: FrameEvent) => void;

const MASK = '***';

export class FrameFeed {
  readonly #listeners = new Set<FrameListener>();

  get isHeard(): boolean {
    return this.#listeners.size > 0;
  }

  /** @returns what ends the listening */
  listen(listener: FrameListener): () => void {
    const entry: FrameListener = (event) => listener(event);
    this.#listeners.add(entry);
    return () => {
      this.#listeners.delete(entry);
    };
  }

  emit(event: FrameEvent): void {
    for (const listener of [...this.#listeners]) callListener(() => listener(event));
  }
}

/** Names and values as a frame's headers, without the passcode. */
export function observedHeaders(
  pairs: Iterable<readonly [name: string, value: string]>,
): FrameHeaders {
  const flat: string[] = [];
  for (const [name, value] of pairs) flat.push(name, name === 'passcode' ? MASK : value);
  return new FrameHeaders(flat);
}
