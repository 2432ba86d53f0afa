/**
 * The settings of an application that talks to a broker, complete and checked. Made by
 * `resolveSettings`; read-only afterwards. A password inside is a `Secret`, so that settings may be
 * logged.
 */
import { inspect } from 'node:util';
import type { BrokerOptions } from '@stompbox/broker';
import type { ProfileName } from '@stompbox/client';
import type { Destination } from '../destination/destination.js';
import type { SettingPath } from './catalogue.js';
import type { Secret } from './secret.js';
import type { ConnectionSettings } from './section/connection-section.js';
import type { ListenerSettings } from './section/listener-section.js';
import type {
  CorrelationSettings,
  HealthSettings,
  LogSettings,
  ShutdownSettings,
} from './section/process-section.js';
import type { ProducerSettings } from './section/producer-section.js';
import type { TlsSettings } from './section/tls-section.js';
import { printable } from './show-settings.js';

/** What may be given of a section: all of it may be left out. */
export type Given<Section> = {
  readonly [Key in keyof Section]?: Section[Key] | undefined;
};

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
  /** Which broker it is. Default `auto`: it is asked. */
  readonly profile?: ProfileName | 'auto' | undefined;
  /** The `host` header of CONNECT. Default: the host of the url. */
  readonly virtualHost?: string | undefined;
  /** The `client-id` header, which durable subscriptions need. Default: none. */
  readonly clientId?: string | undefined;
  readonly tls?:
    | (Given<Omit<TlsSettings, 'keyPassphrase'>> & {
        readonly keyPassphrase?: string | Secret | undefined;
      })
    | undefined;
  readonly connection?: Given<ConnectionSettings> | undefined;
  readonly producer?: Given<ProducerSettings> | undefined;
  /** What holds for every listener that does not say otherwise itself. */
  readonly listener?: ListenerSettings | undefined;
  readonly shutdown?: Given<ShutdownSettings> | undefined;
  readonly correlation?: Given<CorrelationSettings> | undefined;
  readonly health?: Given<HealthSettings> | undefined;
  readonly log?: Given<LogSettings> | undefined;
  /** The destinations of the application, each with a name of its own. */
  readonly destinations?: Readonly<Record<string, Destination>> | undefined;
}

/** What `stompbox.config.ts` may hold: settings, and the options of a broker that is started here. */
export interface ConfigInput extends SettingsInput {
  /** For `stompbox broker` and `readBrokerOptions`; of no use to a program that only connects. */
  readonly broker?: BrokerOptions | undefined;
}

export type SettingName = SettingPath;

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
  readonly profile: ProfileName | 'auto';
  readonly virtualHost: string | undefined;
  readonly clientId: string | undefined;
  readonly tls: TlsSettings;
  readonly connection: ConnectionSettings;
  readonly producer: ProducerSettings;
  readonly listener: ListenerSettings;
  readonly shutdown: ShutdownSettings;
  readonly correlation: CorrelationSettings;
  readonly health: HealthSettings;
  readonly log: LogSettings;
  readonly destinations: Readonly<Record<string, Destination>>;
  /** Where each value came from: `default`, `argument`, `environment MQ_URL`, a file. */
  readonly origins: Readonly<Record<SettingPath | 'destinations', string>>;
  /** What somebody should know or change, a sentence each: a name that is deprecated. */
  readonly notes: readonly string[];
}

export class Settings implements SettingsValues {
  readonly url: SettingsValues['url'];
  readonly server: SettingsValues['server'];
  readonly user: SettingsValues['user'];
  readonly password: SettingsValues['password'];
  readonly queue: SettingsValues['queue'];
  readonly topic: SettingsValues['topic'];
  readonly profile: SettingsValues['profile'];
  readonly virtualHost: SettingsValues['virtualHost'];
  readonly clientId: SettingsValues['clientId'];
  readonly tls: SettingsValues['tls'];
  readonly connection: SettingsValues['connection'];
  readonly producer: SettingsValues['producer'];
  readonly listener: SettingsValues['listener'];
  readonly shutdown: SettingsValues['shutdown'];
  readonly correlation: SettingsValues['correlation'];
  readonly health: SettingsValues['health'];
  readonly log: SettingsValues['log'];
  readonly destinations: SettingsValues['destinations'];
  readonly origins: SettingsValues['origins'];
  readonly notes: SettingsValues['notes'];

  constructor(values: SettingsValues) {
    this.url = values.url;
    this.server = values.server;
    this.user = values.user;
    this.password = values.password;
    this.queue = values.queue;
    this.topic = values.topic;
    this.profile = values.profile;
    this.virtualHost = values.virtualHost;
    this.clientId = values.clientId;
    this.tls = values.tls;
    this.connection = values.connection;
    this.producer = values.producer;
    this.listener = values.listener;
    this.shutdown = values.shutdown;
    this.correlation = values.correlation;
    this.health = values.health;
    this.log = values.log;
    this.destinations = values.destinations;
    this.origins = values.origins;
    this.notes = values.notes;
    Object.freeze(this);
  }

  toString(): string {
    const login = this.user === undefined ? 'no login' : `login ${this.user}`;
    return `${this.url} (${login}), queue ${this.queue}, topic ${this.topic}`;
  }

  /** Without the code and the stores of an application, which may hold secrets of their own. */
  toJSON(): Readonly<Record<string, unknown>> {
    return printable(this);
  }

  [inspect.custom](): Readonly<Record<string, unknown>> {
    return printable(this);
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
