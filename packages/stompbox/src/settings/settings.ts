/**
 * The settings of an application that talks to a broker, complete and checked. Made by
 * `resolveSettings`; read-only afterwards. A password inside is a `Secret`, so that settings may be
 * logged.
 */
import type { BrokerOptions } from '@stompbox/broker';
import type { Secret } from './secret.js';

export const SETTING_NAMES = ['url', 'port', 'user', 'password', 'queue', 'topic'] as const;
export type SettingName = (typeof SETTING_NAMES)[number];

/** What a program may set; all of it may be left out. */
export interface SettingsInput {
  /**
   * Where the broker is: a host (`mq.example.com`), `host:port`, `stomp://[user:password@]host:port`
   * (TLS: `stomp+ssl://`) or `failover:(stomp://a:61613,stomp://b:61613)?options`. Default
   * `127.0.0.1`; in production (`NODE_ENV=production`) there is no default.
   */
  readonly url?: string | undefined;
  /** TCP port of the broker's STOMP connector, unless the url has one. Default 61613, for TLS 61614. */
  readonly port?: number | undefined;
  readonly user?: string | undefined;
  readonly password?: string | Secret | undefined;
  /** Queue of `sendToQueue` and of listeners. Default `/queue/SampleQueue`; `orders` is `/queue/orders`. */
  readonly queue?: string | undefined;
  /** Topic of `sendToTopic` and of listeners. Default `/topic/SampleTopic`; `news` is `/topic/news`. */
  readonly topic?: string | undefined;
}

/** What `stompbox.config.ts` may hold: settings, and the options of a broker that is started here. */
export interface ConfigInput extends SettingsInput {
  /** For `stompbox broker` and `readBrokerOptions`; of no use to a program that only connects. */
  readonly broker?: BrokerOptions | undefined;
}

/** All settings, complete. */
export interface SettingsValues {
  /** What the client connects to, without credentials: `stomp://127.0.0.1:61613` or `failover:(…)`. */
  readonly url: string;
  /** Host and port of the one server; undefined for `failover:`. */
  readonly server: ServerAddress | undefined;
  readonly user: string | undefined;
  readonly password: Secret | undefined;
  readonly queue: string;
  readonly topic: string;
  /** Where each value came from: `default`, `argument`, `environment MQ_URL`, a file. */
  readonly origins: Readonly<Record<SettingName, string>>;
}

export class Settings implements SettingsValues {
  readonly url: SettingsValues['url'];
  readonly server: SettingsValues['server'];
  readonly user: SettingsValues['user'];
  readonly password: SettingsValues['password'];
  readonly queue: SettingsValues['queue'];
  readonly topic: SettingsValues['topic'];
  readonly origins: SettingsValues['origins'];

  constructor(values: SettingsValues) {
    this.url = values.url;
    this.server = values.server;
    this.user = values.user;
    this.password = values.password;
    this.queue = values.queue;
    this.topic = values.topic;
    this.origins = values.origins;
    Object.freeze(this);
  }

  toString(): string {
    const login = this.user === undefined ? 'no login' : `login ${this.user}`;
    return `${this.url} (${login}), queue ${this.queue}, topic ${this.topic}`;
  }
}

export interface ServerAddress {
  readonly host: string;
  /** 0 stands for "any free port" and only makes sense to a broker that is started here. */
  readonly port: number;
}

/** Gives `stompbox.config.ts` its types; returns what it was given. */
export function defineConfig(config: ConfigInput): ConfigInput {
  return config;
}

/** Gives a file for `stompbox broker --config` its types; returns what it was given. */
export function defineBroker(options: BrokerOptions): BrokerOptions {
  return options;
}
