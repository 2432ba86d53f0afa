/**
 * A broker, a service with its client, and health, all in memory and on one fake clock, with something
 * in between that does what a test says. Options are the defaults, so times are those of the guide.
 */
import type { TestContext } from 'node:test';
import { type Broker, startBroker } from '@stompbox/broker';
import {
  type ConnectOptions,
  connect,
  type Transport,
  type TransportHandlers,
} from '@stompbox/client';
import {
  createMessaging,
  type Health,
  type HealthOptions,
  type HealthProbe,
  health,
  type Messaging,
  resolveSettings,
} from 'stompbox';
import { MemoryLogger } from '../support/memory-logger.js';
import { FakeClock } from './fake-clock.js';
import { FrameTamper, noRules, type TamperRules } from './frame-tamper.js';
import { codesOf } from './scene.js';

/** The client's end of a link whose bytes a `FrameTamper` sees. */
class TamperedTransport implements Transport {
  readonly peer = 'memory';
  readonly tamper: FrameTamper;
  readonly #inner: Transport;
  #handlers: TransportHandlers | undefined;

  constructor(inner: Transport, rules: TamperRules) {
    this.#inner = inner;
    this.tamper = new FrameTamper(
      rules,
      (bytes) => this.#inner.write(bytes),
      (bytes) => this.#handlers?.onData(bytes),
    );
  }

  start(handlers: TransportHandlers): void {
    this.#handlers = handlers;
    this.#inner.start({
      onData: (bytes) => this.tamper.takeFromBroker(bytes),
      onDrain: () => handlers.onDrain(),
      onClose: (error) => handlers.onClose(error),
    });
  }

  write(bytes: Uint8Array): boolean {
    this.tamper.takeFromClient(bytes);
    return true;
  }

  pause(): void {
    this.#inner.pause();
  }

  resume(): void {
    this.#inner.resume();
  }

  end(): void {
    this.#inner.end();
  }

  destroy(error?: Error): void {
    this.#inner.destroy(error);
  }
}

export class FrozenWorld {
  readonly clock: FakeClock;
  readonly logger = new MemoryLogger();
  /** What becomes of frames on all links of `messaging`. */
  readonly rules = noRules();
  readonly links: TamperedTransport[] = [];
  readonly messaging: Messaging;
  readonly #broker: Broker;
  #checked: Health | undefined;

  private constructor(broker: Broker, clock: FakeClock, options: ConnectOptions) {
    this.#broker = broker;
    this.clock = clock;
    this.messaging = this.service(options, () => {
      const link = new TamperedTransport(this.#broker.connectInMemory(), this.rules);
      this.links.push(link);
      return link;
    });
  }

  static async open(test: TestContext, options: ConnectOptions = {}): Promise<FrozenWorld> {
    const clock = new FakeClock();
    const broker = await startBroker({ memory: true, connectors: [], clock });
    const world = new FrozenWorld(broker, clock, options);
    test.after(() => world.#close());
    return world;
  }

  /** Another service at the same broker, without anything in between. */
  service(
    options: ConnectOptions = {},
    open: () => Transport = () => this.#broker.connectInMemory(),
  ): Messaging {
    const settings = resolveSettings({ url: 'memory:61613' }, { env: {} });
    return createMessaging(settings, {
      logger: this.logger,
      clock: this.clock,
      connect: (url, given) =>
        connect(url, {
          ...given,
          clock: this.clock,
          transport: async () => open(),
          reconnect: { initialDelayMs: 100, jitter: 'none' },
          ...options,
        }),
    });
  }

  /** Begins to watch. */
  watch(options: HealthOptions = {}): Health {
    const eventLoop = { takeMaxLagMs: () => 0, close: () => undefined };
    const { clock, logger } = this;
    this.#checked = health(this.messaging, options, { clock, logger, eventLoop });
    return this.#checked;
  }

  async codes(probe: HealthProbe): Promise<string[]> {
    const report = await this.#checked?.check();
    return report === undefined ? ['nobody watches'] : codesOf(report, probe);
  }

  /** Lets time pass until the probe fails; returns after how many seconds, and by what. */
  async untilFailed(probe: HealthProbe, atMostMs: number): Promise<[number, string[]]> {
    return this.#until(probe, atMostMs, (codes) => codes.length > 0);
  }

  async untilOk(probe: HealthProbe, atMostMs: number): Promise<number> {
    return (await this.#until(probe, atMostMs, (codes) => codes.length === 0))[0];
  }

  async #until(
    probe: HealthProbe,
    atMostMs: number,
    isReached: (codes: readonly string[]) => boolean,
  ): Promise<[number, string[]]> {
    for (let ms = 0; ms <= atMostMs; ms += 1_000) {
      const codes = await this.codes(probe);
      if (isReached(codes)) return [ms, codes];
      await this.clock.advance(1_000);
    }
    throw new Error(`${probe} is ${(await this.codes(probe)).join() || 'ok'} after ${atMostMs} ms`);
  }

  /** The connection breaks. */
  cut(): void {
    this.links.at(-1)?.destroy(new Error('cut by the test'));
  }

  /** No byte passes on the links of now, and nobody is told. */
  freeze(): void {
    for (const link of this.links) link.tamper.isFrozen = true;
  }

  async #close(): Promise<void> {
    await this.#checked?.close();
    const closing = this.messaging.close().catch(() => undefined);
    await this.clock.advance(60_000);
    await closing;
    await this.#broker.close();
  }
}
