/**
 * Bytes between a client and a broker, frame by frame: a rule lets each pass, drops it, or drops it and
 * answers its receipt. Heart-beats pass in any case, unless all is frozen.
 */
import { encodeFrame, type Frame, FrameDecoder, type StompVersion } from '@stompbox/protocol';

export type Fate = 'pass' | 'drop' | 'confirm';

export type Rule = (frame: Frame) => Fate;

export interface TamperRules {
  /** Frames of the client. */
  toBroker: Rule;
  /** Frames of the broker. */
  toClient: Rule;
  /** What becomes of frames of the broker that pass. */
  alterToClient: (frame: Frame) => FrameToEncode;
}

type FrameToEncode = Parameters<typeof encodeFrame>[0];

const passes: Rule = () => 'pass';

export function noRules(): TamperRules {
  return { toBroker: passes, toClient: passes, alterToClient: (frame) => frame };
}

/** One connection. */
export class FrameTamper {
  /** True: no byte passes any more, in either direction, and nothing is closed. */
  isFrozen = false;
  readonly #rules: TamperRules;
  readonly #fromClient = new FrameDecoder();
  readonly #fromBroker = new FrameDecoder();
  readonly #toClient: (bytes: Uint8Array) => void;
  readonly #toBroker: (bytes: Uint8Array) => void;
  #version: StompVersion = '1.0';

  constructor(
    rules: TamperRules,
    toBroker: (bytes: Uint8Array) => void,
    toClient: (bytes: Uint8Array) => void,
  ) {
    this.#rules = rules;
    this.#toBroker = toBroker;
    this.#toClient = toClient;
  }

  takeFromClient(bytes: Uint8Array): void {
    this.#pass(bytes, this.#fromClient, this.#toBroker, (frame) => {
      const fate = this.#rules.toBroker(frame);
      if (fate === 'confirm') this.#confirm(frame);
      return fate === 'pass';
    });
  }

  takeFromBroker(bytes: Uint8Array): void {
    this.#pass(bytes, this.#fromBroker, this.#toClient, (frame) => {
      if (frame.command === 'CONNECTED') this.#agree(frame.headers.get('version') ?? '1.0');
      return this.#rules.toClient(frame) === 'pass';
    });
  }

  #pass(
    bytes: Uint8Array,
    decoder: FrameDecoder,
    write: (bytes: Uint8Array) => void,
    mayPass: (frame: Frame) => boolean,
  ): void {
    if (this.isFrozen) return;
    if (bytes.every((byte) => byte === 10)) {
      write(bytes);
      return;
    }
    decoder.push(bytes);
    for (let frame = decoder.next(); frame; frame = decoder.next()) {
      // CONNECTED is written as 1.0, before the version counts.
      const version = frame.command === 'CONNECTED' ? '1.0' : this.#version;
      if (!mayPass(frame)) continue;
      const isFromBroker = decoder === this.#fromBroker;
      write(encodeFrame(isFromBroker ? this.#rules.alterToClient(frame) : frame, version));
    }
  }

  #agree(version: string): void {
    this.#version = version as StompVersion;
    this.#fromClient.version = this.#version;
    this.#fromBroker.version = this.#version;
  }

  #confirm({ headers }: Frame): void {
    const id = headers.get('receipt');
    if (id === undefined) return;
    const receipt = { command: 'RECEIPT', headers: [['receipt-id', id]] } as const;
    this.#toClient(encodeFrame(receipt, this.#version));
  }
}
