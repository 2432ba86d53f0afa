/**
 * The wire between one client and the test broker. Frames that arrive at one end pass the stages, the
 * one nearest to the client first, and leave at the other; heart-beats pass as they are.
 *
 *   open ──fall silent──▶ silent (takes all, gives nothing, tells nobody) ──both ends gone──▶ closed
 *     └──one end closes, drop, an answer that is the last──────────────────────────────────▶ closed
 *
 * Bytes that are no STOMP are answered with ERROR here: a stage could do nothing with them.
 */
import { strict as assert } from 'node:assert';
import type { Transport } from '@stompbox/client';
import {
  encodeFrame,
  encodeUtf8,
  type Frame,
  FrameDecoder,
  FrameError,
  STOMP_VERSIONS,
  type StompVersion,
} from '@stompbox/protocol';
import type { Activity } from '../activity.js';
import { newFrame } from './frame-edit.js';
import type { FrameStage, MakeStage } from './frame-stage.js';

export type LinkState = 'open' | 'silent' | 'closed';

const NEXT: Readonly<Record<LinkState, readonly LinkState[]>> = {
  open: ['silent', 'closed'],
  silent: ['closed'],
  closed: [],
};

export interface LinkParts {
  /** The end that the client's bytes come out of. */
  readonly client: Transport;
  /** The client's end of a connection of the broker. */
  readonly broker: Transport;
  readonly stages: readonly MakeStage[];
  readonly activity: Activity;
  readonly onClosed: (link: Link) => void;
}

const LF = 10;

export class Link {
  readonly #parts: LinkParts;
  readonly #stages: readonly FrameStage[];
  readonly #fromClient = newDecoder('refuse');
  readonly #fromBroker = newDecoder('keep');
  readonly #gone = new Set<Transport>();
  #version: StompVersion = '1.0';
  #state: LinkState = 'open';

  constructor(parts: LinkParts) {
    this.#parts = parts;
    const ends = {
      answer: (frame: Frame) => this.#write(parts.client, frame),
      answerLast: (frame: Frame) => this.endWith(frame),
      drop: () => this.drop(),
    };
    this.#stages = parts.stages.map((make) => make(ends));
    this.#start(parts.broker, parts.client, this.#fromBroker, (frame) => this.#toClient(frame));
    this.#start(parts.client, parts.broker, this.#fromClient, (frame) => this.#toBroker(frame));
  }

  get state(): LinkState {
    return this.#state;
  }

  /** Cuts it: what is on its way is lost, and both ends see that the connection is gone. */
  drop(): void {
    if (this.#state === 'closed') return;
    this.#close();
    for (const end of [this.#parts.client, this.#parts.broker]) {
      if (!this.#gone.has(end)) end.destroy(new Error('the wire was cut'));
    }
  }

  /** From now on nothing passes, and neither end is told when the other one goes. */
  fallSilent(): void {
    if (this.#state === 'open') this.#become('silent');
  }

  /** The client gets this frame, and then the end. */
  endWith(frame: Frame): void {
    if (this.#state !== 'open') return;
    this.#write(this.#parts.client, frame);
    this.#close();
    this.#parts.client.end();
    this.#parts.broker.destroy();
  }

  #start(
    from: Transport,
    to: Transport,
    decoder: FrameDecoder,
    pass: (frame: Frame) => void,
  ): void {
    from.start({
      onData: (chunk) => {
        if (this.#state !== 'open') return;
        if (chunk.every((byte) => byte === LF) && !decoder.isMidFrame) to.write(chunk);
        else this.#read(decoder, chunk, pass);
      },
      onDrain: () => {
        if (this.#state === 'open') to.resume();
      },
      onClose: (error) => this.#ended(from, to, error),
    });
  }

  #read(decoder: FrameDecoder, chunk: Uint8Array, pass: (frame: Frame) => void): void {
    decoder.push(chunk);
    try {
      for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) {
        this.#parts.activity.note();
        pass(frame);
        if (this.#state !== 'open') return;
      }
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      const { code, message } = error;
      this.endWith(newFrame('ERROR', { message, code }, encodeUtf8(`${message}\n`)));
    }
  }

  #toBroker(frame: Frame): void {
    let frames: readonly Frame[] = [frame];
    for (const stage of this.#stages) frames = frames.flatMap((one) => stage.fromClient(one));
    for (const one of frames) this.#write(this.#parts.broker, one);
  }

  #toClient(frame: Frame): void {
    if (frame.command === 'CONNECTED') this.#learnVersion(frame);
    let frames: readonly Frame[] = [frame];
    for (const stage of this.#stages.toReversed()) {
      frames = frames.flatMap((one) => stage.fromBroker(one));
    }
    for (const one of frames) this.#write(this.#parts.client, one);
  }

  #learnVersion(connected: Frame): void {
    const version = STOMP_VERSIONS.find((one) => one === connected.headers.get('version')) ?? '1.0';
    this.#version = version;
    this.#fromClient.version = version;
    this.#fromBroker.version = version;
  }

  #write(to: Transport, frame: Frame): void {
    if (this.#state !== 'open') return;
    this.#parts.activity.note();
    const from = to === this.#parts.client ? this.#parts.broker : this.#parts.client;
    if (!to.write(encodeFrame(frame, this.#version))) from.pause();
  }

  #ended(end: Transport, other: Transport, error: Error | undefined): void {
    this.#parts.activity.note();
    this.#gone.add(end);
    if (this.#state === 'open') {
      this.#close();
      if (error === undefined) other.end();
      else other.destroy(error);
    } else if (this.#state === 'silent' && this.#gone.size === 2) this.#close();
  }

  #close(): void {
    this.#become('closed');
    this.#parts.onClosed(this);
  }

  #become(next: LinkState): void {
    assert(NEXT[this.#state].includes(next), `link ${this.#state} → ${next}`);
    this.#state = next;
    this.#parts.activity.note();
  }
}

/**
 * It only looks through: what is too large is the broker's and the client's to say.
 *
 * @param undefinedEscapes kept, they would reach the other end as something that is defined
 */
function newDecoder(undefinedEscapes: 'keep' | 'refuse'): FrameDecoder {
  const most = 2 ** 31 - 1;
  const limits = {
    maxCommandBytes: most,
    maxHeaderLineBytes: most,
    maxHeaders: most,
    maxBodyBytes: most,
    maxFrameBytes: most,
  };
  return new FrameDecoder(limits, { undefinedEscapes });
}
