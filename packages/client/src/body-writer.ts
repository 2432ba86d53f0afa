/**
 * Writes one streamed body, as fast as the transport takes it, and the end of its frame.
 *
 *   running ──source ended──▶ done        running ──source failed──▶ failed
 *   running ──session lost──▶ stopped
 */
import type { BodySource } from './body-source.js';
import type { Operation } from './operation.js';
import type { Session } from './session.js';

const FRAME_END = new Uint8Array([0, 10]);

export class BodyWriter {
  readonly operation: Operation;
  readonly #source: BodySource;
  readonly #session: Session;
  #state: 'running' | 'done' | 'failed' | 'stopped' = 'running';
  #continue: (() => void) | undefined;

  constructor(operation: Operation, source: BodySource, session: Session) {
    this.operation = operation;
    this.#source = source;
    this.#session = session;
  }

  /**
   * Resolves with whether all of it was written.
   * @throws what the source throws
   */
  async run(): Promise<boolean> {
    this.#session.isMidFrame = true;
    try {
      for await (const chunk of this.#source.read()) {
        if (this.#isStopped) return false;
        this.#session.write(chunk);
        while (this.#session.isBlocked && !this.#isStopped) await this.#room();
        if (this.#isStopped) return false;
      }
    } catch (error) {
      if (this.#isStopped) return false;
      this.#state = 'failed';
      throw error;
    }
    if (this.#isStopped) return false;
    this.#session.write(FRAME_END);
    this.#session.isMidFrame = false;
    this.#state = 'done';
    return true;
  }

  /** The transport takes bytes again. */
  resume(): void {
    this.#continue?.();
    this.#continue = undefined;
  }

  /** The session is gone; the source is closed. */
  stop(): void {
    if (this.#state === 'running') this.#state = 'stopped';
    this.resume();
  }

  get #isStopped(): boolean {
    return this.#state === 'stopped';
  }

  #room(): Promise<void> {
    return new Promise((resolve) => {
      this.#continue = resolve;
    });
  }
}
