/**
 * All settings in one place, from the environment:
 *
 *   MQ_…           the broker and the listeners; without MQ_URL a broker is started here
 *   DATABASE_URL   PostgreSQL; without it SQLite in DATA
 *   DATA           folder of SQLite and of the broker that is started here. Default ./data
 *   PORT           of the web application; 0 = any free one. Default 8001
 *   TRACE          1: spans are printed to standard error
 *   PRICE_FAILURES so many questions to the price service fail first, to show what follows. Default 0
 */
import { OptionsError, resolveSettings, type Settings } from 'stompbox';

type Environment = Readonly<Record<string, string | undefined>>;

export interface AppSettings {
  readonly messaging: Settings;
  readonly isBrokerEmbedded: boolean;
  readonly databaseUrl: string | undefined;
  readonly dataFolder: string;
  readonly webPort: number;
  readonly isTraced: boolean;
  readonly priceFailures: number;
}

export function loadSettings(env: Environment): AppSettings {
  const messaging = resolveSettings({}, { env });
  return {
    messaging,
    isBrokerEmbedded: messaging.origins.url === 'default',
    databaseUrl: env['DATABASE_URL'] || undefined,
    dataFolder: env['DATA'] || './data',
    webPort: readWhole(env, 'PORT', 8001),
    isTraced: env['TRACE'] === '1',
    priceFailures: readWhole(env, 'PRICE_FAILURES', 0),
  };
}

function readWhole(env: Environment, name: string, initial: number): number {
  const text = env[name] || String(initial);
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new OptionsError(
    'STOMP_OPT_INVALID',
    `The environment variable ${name} must be a whole number from 0 to 65535, not "${text}"`,
  );
}
