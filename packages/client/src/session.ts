/**
 * One STOMP session over one transport, from CONNECT to the end of the bytes.
 *
 *   connecting ──CONNECTED──▶ ready ──attach──▶ open ──┐
 *       └───────destroy──────────┴──────────────────────┴──▶ closing ──▶ closed
 *   (a close by the peer leads to closed from every state)
 *
 * - Frames that follow CONNECTED are not read before `attach`, so none can be missed.
 * - It knows neither operations nor subscriptions nor reconnecting, and after CONNECT it writes
 *   nothing on its own but heart-beats.
 */
import {
  EMPTY_BYTES,
  type Frame,
  FrameDecoder,
  FrameError,
  type FrameLimits,
  ProtocolError,
  StompError,
  type StompVersion,
  type StreamedFrame,
} from '@stompbox/protocol';
import type { Clock } from './clock.js';
import { type BrokerError, ConnectionError } from './errors.js';
import { type FrameFeed, observedHeaders } from './frame-feed.js';
import {
  type Agreement,
  connectHeaders,
  encodeConnect,
  type HandshakeOptions,
  readAnswer,
} from './handshake.js';
import { HeartBeatMonitor } from './heart-beat-monitor.js';
import { IncomingBody } from './incoming-body.js';
import type { BrokerProfile } from './profile/broker-profile.js';
import { profileOf } from './profile/profiles.js';
import { StreamedBody } from './streamed-body.js';
import { type TraceOrigin, traceOrigin } from './trace/tracing.js';
import type { Traffic } from './traffic.js';
import type { Transport } from './transport.js';

export type SessionState = 'connecting' | 'ready' | 'open' | 'closing' | 'closed';

/** What a session tells its owner. Only called between `attach` and `handleClose`. */
export interface SessionOwner {
  /** @param stream the body, if it was too large to wait for; the frame's is empty then */
  handleMessage(frame: Frame, stream?: StreamedBody): void;
  handleReceipt(receiptId: string): void;
  /** @returns the error it stands for */
  handleError(frame: Frame): BrokerError;
  /** The transport takes bytes again. */
  handleDrain(): void;
  /** Exactly once, last. */
  handleClose(error: Error): void;
}

export interface SessionOptions extends HandshakeOptions {
  readonly clock: Clock;
  readonly limits: Partial<FrameLimits>;
  /** Larger bodies of messages are handed out as they arrive. */
  readonly streamBodiesOverBytes: number;
  readonly toleranceFactor: number;
  readonly frames: FrameFeed;
  readonly traffic: Traffic;
}

const LF = 10;
const HEART_BEAT = new Uint8Array([LF]);

export class Session {
  readonly peer: string;
  /** True while a frame is written in pieces; a heart-beat would become part of its body. */
  isMidFrame = false;
  readonly #transport: Transport;
  readonly #options: SessionOptions;
  readonly #decoder: FrameDecoder<StreamedFrame>;
  /** Set while a body arrives in parts. */
  #incoming: IncomingBody | undefined;
  #state: SessionState = 'connecting';
  #agreement: Agreement | undefined;
  #monitor: HeartBeatMonitor | undefined;
  #owner: SessionOwner | undefined;
  #isBlocked = false;
  /** Bodies that are not to be read on. */
  #pauseCount = 0;
  #origin: TraceOrigin | undefined;
  /** Why it ended or is about to; the first reason known is the one told. */
  #reason: Error | undefined;
  /** What the broker complained about last; if it closes then, that is why. */
  #lastError: BrokerError | undefined;
  #settleHandshake: ((error: Error | undefined) => void) | undefined;

  private constructor(transport: Transport, options: SessionOptions) {
    this.peer = transport.peer;
    this.#transport = transport;
    this.#options = options;
    // A frame that cannot be read costs the session, and its message would come again on the next
    // one. ActiveMQ sends header names as they are, so a property named "a\b" must not do that.
    const { limits, streamBodiesOverBytes } = options;
    this.#decoder = new FrameDecoder<StreamedFrame>(limits, {
      undefinedEscapes: 'keep',
      streamBodiesOverBytes,
    });
  }

  /**
   * Sends CONNECT and waits for its answer.
   * @param signal gives up; its reason is an Error
   * @throws what `readAnswer` throws, `FrameError`, the reason of the signal, or `STOMP_NET_LOST`.
   */
  static open(
    transport: Transport,
    options: SessionOptions,
    signal: AbortSignal,
  ): Promise<Session> {
    const session = new Session(transport, options);
    return new Promise((resolve, reject) => {
      const abort = () => session.destroy(signal.reason);
      session.#settleHandshake = (error) => {
        signal.removeEventListener('abort', abort);
        session.#settleHandshake = undefined;
        if (error) reject(error);
        else resolve(session);
      };
      signal.addEventListener('abort', abort, { once: true });
      try {
        session.#start();
      } catch (error) {
        // The transport would stay open, and nobody else knows it.
        session.#settleHandshake?.(error as Error);
        session.destroy(error as Error);
      }
    });
  }

  /** True while acknowledgements of this session's messages mean something to the broker. */
  get isOpen(): boolean {
    return this.#state === 'open';
  }

  get version(): StompVersion {
    return this.#agreement?.version ?? '1.0';
  }

  /** The `server` header of CONNECTED. */
  get server(): string | undefined {
    return this.#agreement?.server;
  }

  /** What is known of the kind of broker. */
  get profile(): BrokerProfile {
    return this.#agreement?.profile ?? profileOf('generic');
  }

  /** With whom it is, for traces. */
  get origin(): TraceOrigin {
    this.#origin ??= traceOrigin(this.peer, this.profile.name);
    return this.#origin;
  }

  /** The `blob-upload-url` header of CONNECTED. */
  get blobUploadUrl(): string | undefined {
    return this.#agreement?.blobUploadUrl;
  }

  /** The `session` header of CONNECTED. */
  get sessionId(): string | undefined {
    return this.#agreement?.session;
  }

  /** True while the transport asks not to be given more, or will take nothing any more. */
  get isBlocked(): boolean {
    return this.#isBlocked || this.#state === 'closing' || this.#state === 'closed';
  }

  /** Begins to deliver what follows CONNECTED; a close that has already happened is told at once. */
  attach(owner: SessionOwner): void {
    this.#owner = owner;
    if (this.#state === 'closed') {
      owner.handleClose(this.#closeReason());
      return;
    }
    if (this.#state === 'closing') return;
    this.#transition('open');
    this.#readFrames();
  }

  /** Hands bytes to the transport; afterwards `isBlocked` says whether it wants more. */
  write(bytes: Uint8Array): void {
    if (this.#state === 'closing' || this.#state === 'closed') return;
    this.#monitor?.noteWrite();
    this.#options.traffic.bytesOut += bytes.length;
    if (!this.#transport.write(bytes)) this.#isBlocked = true;
  }

  /** Writes what is buffered, then closes. */
  end(): void {
    if (this.#state === 'open') this.#transport.end();
  }

  /** Closes at once. */
  destroy(reason: Error): void {
    if (this.#state === 'closing' || this.#state === 'closed') return;
    this.#reason ??= reason;
    this.#monitor?.stop();
    this.#transition('closing');
    this.#transport.destroy(reason);
  }

  #start(): void {
    this.#transport.start({
      onData: (chunk) => this.#receive(chunk),
      onDrain: () => {
        this.#isBlocked = false;
        this.#owner?.handleDrain();
      },
      onClose: (error) => this.#close(error),
    });
    const headers = connectHeaders(this.#options);
    const { frames, traffic } = this.#options;
    traffic.sessions++;
    traffic.framesOut++;
    if (frames.isHeard) {
      const frame = { command: 'CONNECT', headers: observedHeaders(headers), body: '' } as const;
      frames.emit({ direction: 'out', peer: this.peer, frame });
    }
    this.write(encodeConnect(headers));
  }

  #receive(chunk: Uint8Array): void {
    if (this.#state === 'closing' || this.#state === 'closed') return;
    this.#monitor?.noteRead();
    this.#options.traffic.bytesIn += chunk.length;
    if (chunk.length === 1 && chunk[0] === LF && !this.#decoder.isMidFrame) this.#noteHeartBeat();
    this.#decoder.push(chunk);
    this.#readFrames();
  }

  #readFrames(): void {
    while (this.#state === 'open' || this.#state === 'connecting') {
      let frame: Frame | undefined;
      try {
        frame = this.#nextFrame();
      } catch (error) {
        if (!(error instanceof FrameError)) throw error;
        this.destroy(error);
        return;
      }
      if (frame === undefined) return;
      this.#observe(frame);
      if (this.#state === 'connecting') this.#handleAnswer(frame);
      else this.#handleFrame(frame);
    }
  }

  /** The next frame; a message whose body comes in parts is handed on by itself. */
  #nextFrame(): Frame | undefined {
    const decoder = this.#decoder;
    for (;;) {
      if (this.#incoming !== undefined) {
        const whole = this.#incoming.read(decoder);
        if (!decoder.isBodyComplete) return undefined;
        this.#incoming = undefined;
        if (whole !== undefined) return whole;
        // A message that was told of its end may have ended the session.
        if (this.#state !== 'open') return undefined;
      }
      const frame = decoder.next();
      if (frame === undefined || frame.body !== undefined) return frame;
      this.#incoming = this.#receiveInParts(frame);
    }
  }

  #receiveInParts({ command, headers }: StreamedFrame): IncomingBody {
    if (command !== 'MESSAGE' || this.#state !== 'open') return new IncomingBody(command, headers);
    const stream = new StreamedBody({
      pause: () => this.#pause(),
      resume: () => this.#resume(),
    });
    const frame = { command, headers, body: EMPTY_BYTES };
    const incoming = new IncomingBody(command, headers, stream);
    this.#incoming = incoming;
    this.#observe(frame);
    this.#options.traffic.messagesIn++;
    this.#owner?.handleMessage(frame, stream);
    return incoming;
  }

  /** The peer is not silent while we do not listen. */
  #pause(): void {
    if (this.#pauseCount++ > 0) return;
    this.#monitor?.holdRead();
    this.#transport.pause();
  }

  #resume(): void {
    if (--this.#pauseCount > 0) return;
    this.#monitor?.noteRead();
    this.#transport.resume();
  }

  #handleAnswer(frame: Frame): void {
    try {
      this.#agreement = readAnswer(frame, this.#options, this.peer);
    } catch (error) {
      if (!(error instanceof StompError)) throw error;
      this.destroy(error);
      return;
    }
    this.#decoder.version = this.#agreement.version;
    this.#transition('ready');
    const { clock, toleranceFactor } = this.#options;
    this.#monitor = new HeartBeatMonitor(clock, this.#agreement.heartBeat, toleranceFactor, {
      beat: () => this.#beat(),
      handleSilence: (silentMs) =>
        this.destroy(ConnectionError.of('STOMP_NET_HEART_BEAT', [this.peer, silentMs])),
    });
    this.#settleHandshake?.(undefined);
  }

  #handleFrame(frame: Frame): void {
    switch (frame.command) {
      case 'MESSAGE':
        this.#options.traffic.messagesIn++;
        this.#owner?.handleMessage(frame);
        return;
      case 'RECEIPT':
        this.#owner?.handleReceipt(frame.headers.get('receipt-id') ?? '');
        return;
      case 'ERROR':
        // STOMP 1.2, "ERROR": the server closes afterwards. ActiveMQ often does not, so an ERROR
        // says nothing about the session; if the close comes, this is its reason.
        this.#lastError = this.#owner?.handleError(frame);
        return;
      default:
        this.destroy(
          new ProtocolError(
            'STOMP_PROTO_UNEXPECTED_FRAME',
            `${this.peer} sent ${frame.command}, which a server may not send here`,
          ),
        );
    }
  }

  #beat(): void {
    if (this.isMidFrame) return;
    const { frames, traffic } = this.#options;
    traffic.heartBeatsOut++;
    if (frames.isHeard) frames.emit({ direction: 'out', peer: this.peer, frame: undefined });
    this.write(HEART_BEAT);
  }

  #noteHeartBeat(): void {
    const { frames, traffic } = this.#options;
    traffic.heartBeatsIn++;
    if (frames.isHeard) frames.emit({ direction: 'in', peer: this.peer, frame: undefined });
  }

  #observe(frame: Frame): void {
    const { frames, traffic } = this.#options;
    traffic.framesIn++;
    if (frames.isHeard) frames.emit({ direction: 'in', peer: this.peer, frame });
  }

  #close(error: Error | undefined): void {
    this.#monitor?.stop();
    this.#reason ??= error;
    this.#incoming?.fail(this.#closeReason());
    this.#transition('closed');
    this.#settleHandshake?.(this.#closeReason());
    this.#owner?.handleClose(this.#closeReason());
  }

  #closeReason(): Error {
    const reason = this.#reason;
    if (reason instanceof StompError) return reason;
    if (reason) return ConnectionError.of('STOMP_NET_LOST', [this.peer, reason.message], reason);
    const said = this.#lastError;
    const text = said ? `the broker closed it after "${said.message}"` : 'the broker closed it';
    return ConnectionError.of('STOMP_NET_LOST', [this.peer, text], said);
  }

  #transition(to: SessionState): void {
    const from = this.#state;
    const isLegal =
      (from === 'connecting' && to === 'ready') ||
      (from === 'ready' && to === 'open') ||
      (from !== 'closing' && from !== 'closed' && to === 'closing') ||
      (from !== 'closed' && to === 'closed');
    if (!isLegal) throw new Error(`Session: ${from} cannot become ${to}`);
    this.#state = to;
  }
}
