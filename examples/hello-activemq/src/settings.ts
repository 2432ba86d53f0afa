/**
 * All settings in one place. Defaults: the broker at 127.0.0.1:61613, /queue/SampleQueue and
 * /topic/SampleTopic. Change them by MQ_URL, MQ_PORT, MQ_USER, MQ_PASSWORD, MQ_QUEUE, MQ_TOPIC, or
 * by a stompbox.config.ts in the folder where the program starts.
 */
import { OptionsError, resolveSettings, type Settings } from 'stompbox';

export interface AppSettings {
  readonly messaging: Settings;
  /** True when no broker is named, so the program starts one itself. */
  readonly isBrokerEmbedded: boolean;
  /** Where the embedded broker keeps its messages, relative to the working directory. */
  readonly dataDirectory: string;
  /** Port of the web application; 0 = any free one. */
  readonly webPort: number;
}

export function loadSettings(env: Readonly<Record<string, string | undefined>>): AppSettings {
  const messaging = resolveSettings({}, { env });
  return {
    messaging,
    isBrokerEmbedded: messaging.origins.url === 'default',
    dataDirectory: './data',
    webPort: readPort(env['PORT'] ?? '8001'),
  };
}

function readPort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new OptionsError(
    'STOMP_OPT_INVALID',
    `The environment variable PORT must be a whole number from 0 to 65535, not "${text}"`,
  );
}
