/**
 * All settings in one place: those of the broker come from MQ_URL, MQ_USER, MQ_PASSWORD and so on, or from
 * a stompbox.config.ts. Without MQ_URL the program starts a broker itself, with its messages in ./data.
 */
import { resolveSettings, type Settings, startBroker } from 'stompbox';

export interface AppSettings {
  readonly messaging: Settings;
  /** Port of the web application; 0 = any free one. */
  readonly port: number;
  /** Ends the broker that was started here, if one was. */
  closeBroker(): Promise<void>;
}

export async function loadSettings(): Promise<AppSettings> {
  const port = Number(process.env['PORT'] ?? '8001');
  const messaging = resolveSettings();
  if (messaging.origins.url !== 'default') {
    return { messaging, port, closeBroker: async () => undefined };
  }
  const connector = { host: '127.0.0.1', port: messaging.server?.port ?? 61613 };
  const broker = await startBroker({ data: './data', connectors: [connector] });
  const url = broker.connectors[0]?.url;
  return { messaging: resolveSettings({ url }), port, closeBroker: () => broker.close() };
}
