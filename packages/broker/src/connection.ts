/**
 * Bytes of one client: reads frames for the session, gathers what the broker writes, keeps
 * heart-beats, counts what the client makes the broker hold. What frames mean is the session's
 * business; when the client is slowed is its `ProducerBrake`'s.
 *
 *   open ──end()──▶ ending ──everything written──▶ closed
 *     └──────────────fail, peer gone──────────────▶ closed
 */
import { strict as assert } from 'node:assert';
import {
  encodeFrame,
  escapeHeader,
  type Frame,
  FrameDecoder,
  FrameError,
  type FrameLimits,
  type NegotiatedHeartBeat,
  type ServerCommand,
  type StompVersion,
} from '@stompbox/protocol';
import type { Clock } from './clock.js';
import type { FlushSchedule } from './flush-schedule.js';
import { HeartBeatMonitor } from './heart-beat-monitor.js';
import { ConnectionMemory } from './memory/connection-memory.js';
import type { MemoryLimits } from './memory/memory-limits.js';
import { type BrakeContext, ProducerBrake } from './memory/producer-brake.js';
import { Reading } from './memory/reading.js';
import { type Message, WIRE_OFFSET } from './message.js';
import type { MessageIds } from './message-ids.js';
import { Output } from './output.js';
import type { Durable } from './store/commit-loop.js';
import { needsTranscoding, wireFor } from './transcode.js';
import type { Transport } from './transport/transport.js';

/** Bytes that one connection may be given in one turn, so that it cannot starve the others. */
const TURN_BYTES = 256 * 1024;

/** Receipts and errors for a client that does not read them; beyond that its frames are not read either. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/** How long a client that does not read may delay the end of its connection. */
const LINGER_MS = 5000;

export interface ConnectionHandler {
  onFrame(frame: Frame): void;
  onBadFrame(error: FrameError): void;
  /** The client sends nothing more; it may still read. */
  onEnd(): void;
  /** The connection took all that it was given, and can take more. */
  onRoom(): void;
  /** Exactly once, last. */
  onClose(error?: Error): void;
}

/** Somebody who wants to know when what was sent has been handed to the transport. */
export interface FlushListener {
  onFlushed(): void;
}

export interface ConnectionContext extends BrakeContext {
  readonly ids: MessageIds;
  readonly clock: Clock;
  readonly limits: FrameLimits;
  readonly memoryLimits: MemoryLimits;
  readonly flushes: FlushSchedule;
}

/** CONNECT has no body and few headers; nobody who has not logged in may make us hold more. */
const STRANGER_FRAME_BYTES = 64 * 1024;

function strangerLimits(limits: FrameLimits): FrameLimits {
  return {
    ...limits,
    maxBodyBytes: Math.min(limits.maxBodyBytes, STRANGER_FRAME_BYTES),
    maxFrameBytes: Math.min(limits.maxFrameBytes, STRANGER_FRAME_BYTES),
  };
}

export type ConnectionState = 'open' | 'ending' | 'closed';

const NEXT: Record<ConnectionState, readonly ConnectionState[]> = {
  open: ['ending', 'closed'],
  ending: ['closed'],
  closed: [],
};

export class Connection {
  /** Unique among all connections of this and other runs of the broker. */
  readonly id: string;
  /** URL of the connector that it came through, or `memory`. */
  readonly connector: string;
  /** What the client makes the broker hold. */
  readonly memory: ConnectionMemory;
  readonly #transport: Transport;
  readonly #context: ConnectionContext;
  readonly #decoder: FrameDecoder;
  readonly #output = new Output();
  readonly #reading: Reading;
  readonly #brake: ProducerBrake;
  #handler: ConnectionHandler | undefined;
  #heartBeats: HeartBeatMonitor | undefined;
  #cancelLinger: (() => void) | undefined;
  #state: ConnectionState = 'open';
  #version: StompVersion = '1.0';
  #flow: 'free' | 'blocked' = 'free';
  #flush: 'none' | 'due' = 'none';
  #flushListeners = new Set<FlushListener>();
  /** Whether the client's end was met while its frames were held back. */
  #end: 'none' | 'due' = 'none';
  /** Bytes of receipts since the client last had read everything. Messages have their own limit. */
  #answerBytes = 0;

  constructor(transport: Transport, context: ConnectionContext, connector = 'memory') {
    this.connector = connector;
    this.id = context.ids.next();
    this.#transport = transport;
    this.#context = context;
    this.#decoder = new FrameDecoder(strangerLimits(context.limits));
    this.memory = new ConnectionMemory(context.memory, context.memoryLimits.maxConnectionBytes);
    this.#reading = new Reading(transport, {
      onSilenced: () => this.#heartBeats?.stopListening(),
      onHeard: () => this.#heartBeats?.listen(),
    });
    this.#brake = new ProducerBrake(this.id, this.#reading, this.memory, context);
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get peer(): string {
    return this.#transport.peer;
  }

  get isLocal(): boolean {
    return this.#transport.isLocal;
  }

  /** Name in the client's TLS certificate, if it has shown one. */
  get certificateName(): string | undefined {
    return this.#transport.certificateName;
  }

  get version(): StompVersion {
    return this.#version;
  }

  /**
   * False while the client reads slower than it is sent to, or has had its share of this turn, and from
   * the end on: what is offered then would be settled without having been sent.
   */
  get hasRoom(): boolean {
    if (this.#state !== 'open') return false;
    return this.#flow === 'free' && this.#output.pendingBytes < TURN_BYTES;
  }

  start(handler: ConnectionHandler): void {
    this.#handler = handler;
    this.#transport.start({
      onData: (chunk) => this.#read(chunk),
      onDrain: () => this.#drained(),
      onEnd: () => this.#ended(),
      onClose: (error) => this.#closed(error),
    });
  }

  /** Hands over no frame, those that have come already included, until `proceed`. */
  hold(): void {
    this.#reading.pause('login');
  }

  proceed(): void {
    this.#reading.resume('login');
    this.#handFrames();
    if (this.#end === 'due') this.#handler?.onEnd();
  }

  /** From the next frame on, in both directions. */
  useVersion(version: StompVersion): void {
    this.#version = version;
    this.#decoder.version = version;
    this.#decoder.useLimits(this.#context.limits);
  }

  useHeartBeats(agreed: NegotiatedHeartBeat): void {
    const actions = {
      beat: () => this.#transport.write(Buffer.of(10)),
      peerIsSilent: (silentMs: number) =>
        this.#transport.destroy(new Error(`no heart-beat from ${this.peer} for ${silentMs} ms`)),
    };
    const hearing = this.#reading.isSilenced ? 'deaf' : 'listening';
    this.#heartBeats = new HeartBeatMonitor(agreed, this.#context.clock, actions, hearing);
  }

  /** The client was given a message that it must settle. */
  addUnsettled(bytes: number): void {
    this.memory.addUnsettled(bytes);
    this.#brake.mustBeRead();
  }

  /** It has settled one, or never will. */
  removeUnsettled(bytes: number): void {
    this.memory.removeUnsettled(bytes);
  }

  sendFrame(command: ServerCommand, headers: Array<[string, string]>, body?: Uint8Array): void {
    if (this.#state !== 'open') return;
    const frame = body === undefined ? { command, headers } : { command, headers, body };
    this.#output.bytes(encodeFrame(frame, this.#version));
    this.#flushSoon();
  }

  /** Confirms a frame. Only the commit loop hands out proofs, when the writes they stand for are on disk. */
  sendReceipt(receiptId: string, _proof: Durable): void {
    if (this.#state !== 'open') return;
    const line = escapeHeader(receiptId, this.#version);
    const frame = Buffer.from(`RECEIPT\nreceipt-id:${line}\n\n\0\n`, 'utf8');
    this.#answerBytes += frame.length;
    this.#output.bytes(frame);
    this.#flushSoon();
  }

  /** @param head the MESSAGE line and the headers of this delivery, ASCII or encoded */
  sendMessage(head: string | Uint8Array, message: Message, transformation?: string): void {
    if (this.#state !== 'open') return;
    if (typeof head === 'string') this.#output.text(head);
    else this.#output.bytes(head);
    const reader = { version: this.#version, connectionId: this.id, transformation };
    if (needsTranscoding(message, reader)) this.#output.bytes(wireFor(message, reader));
    else this.#output.bytes(message.record, WIRE_OFFSET);
    this.#flushSoon();
  }

  /** Tells once, after the next flush. */
  notifyFlushed(listener: FlushListener): void {
    this.#flushListeners.add(listener);
  }

  /** Writes what is due, then closes. */
  end(): void {
    if (this.#state !== 'open') return;
    this.#writeOutput();
    this.#become('ending');
    this.#heartBeats?.stop();
    this.#brake.stop();
    // Nothing that comes counts any more, so nothing has to wait: the client's own end is among it.
    this.#reading.resumeForGood();
    this.#transport.end();
    this.#cancelLinger = this.#context.clock.setTimer(() => this.#transport.destroy(), LINGER_MS);
  }

  destroy(error?: Error): void {
    if (this.#state !== 'closed') this.#transport.destroy(error);
  }

  /** Called by the schedule at the end of the turn, or by who cannot wait for it. */
  flush(): void {
    this.#flush = 'none';
    if (this.#state !== 'open') return;
    const hadShare = this.#output.pendingBytes >= TURN_BYTES;
    this.#writeOutput();
    if (hadShare && this.#flow === 'free') this.#handler?.onRoom();
  }

  #read(chunk: Uint8Array): void {
    if (this.#state !== 'open') return;
    this.#heartBeats?.received();
    this.#decoder.push(chunk);
    this.#handFrames(chunk.length);
  }

  #ended(): void {
    if (this.#reading.isPausedFor('login')) this.#end = 'due';
    else this.#handler?.onEnd();
  }

  /** @param bytes that have come */
  #handFrames(bytes = 0): void {
    const pressure = this.#context.memory.pressureBytes;
    let frames = 0;
    let hasSent = false;
    try {
      while (this.#state === 'open' && !this.#reading.isPausedFor('login')) {
        const frame = this.#decoder.next();
        if (frame === undefined) break;
        frames += 1;
        if (frame.command === 'SEND') hasSent = true;
        this.#handler?.onFrame(frame);
      }
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.#handler?.onBadFrame(error);
      return;
    }
    if (this.#state !== 'open') return;
    const hasFilled = hasSent && this.#context.memory.pressureBytes > pressure;
    this.#countArriving(frames, bytes);
    this.#brake.handled(hasSent, hasFilled);
    // Of any of its subscriptions.
    if (this.memory.takeRelief()) this.#handler?.onRoom();
  }

  /** A frame that is not complete keeps the whole of the chunks that hold it. */
  #countArriving(frames: number, bytes: number): void {
    const before = frames > 0 ? 0 : this.memory.arrivingBytes;
    this.memory.setArriving(this.#decoder.isMidFrame ? before + bytes : 0);
  }

  #flushSoon(): void {
    if (this.#flush === 'due') return;
    this.#flush = 'due';
    this.#context.flushes.add(this);
  }

  #writeOutput(): void {
    if (this.#output.pendingBytes === 0) return;
    if (!this.#transport.isWritable) {
      // The end of a broken connection is told a moment later; what was not handed over must not count.
      this.#flow = 'blocked';
      return;
    }
    this.#heartBeats?.sent();
    const bytes = this.#output.pendingBytes;
    const hasRoom = this.#output.flush(this.#transport);
    const listeners = this.#flushListeners;
    this.#flushListeners = new Set();
    for (const listener of listeners) listener.onFlushed();
    if (hasRoom) {
      this.#answerBytes = 0;
      return;
    }
    this.#flow = 'blocked';
    this.memory.setUnread(this.memory.unreadBytes + bytes);
    const most = Math.min(MAX_ANSWER_BYTES, this.memory.maxBytes);
    if (this.#answerBytes > most) this.#reading.pause('client');
  }

  #drained(): void {
    if (this.#state !== 'open') return;
    this.#flow = 'free';
    this.#answerBytes = 0;
    this.memory.setUnread(0);
    // It reads, so it lives, whatever it has sent that was not read meanwhile.
    this.#heartBeats?.received();
    this.#reading.resume('client');
    this.#handler?.onRoom();
  }

  #closed(error?: Error): void {
    this.#become('closed');
    this.#heartBeats?.stop();
    this.#cancelLinger?.();
    this.#brake.stop();
    this.#handler?.onClose(error);
    this.memory.setArriving(0);
    this.memory.setUnread(0);
  }

  #become(next: ConnectionState): void {
    assert(NEXT[this.#state].includes(next), `connection ${this.#state} → ${next}`);
    this.#state = next;
  }
}
