/**
 * Tells by CONNECTED which broker answered. It never guesses: who says nothing known is `generic`.
 */
import type { ProfileName } from './broker-profile.js';

/** What of CONNECTED is looked at; `FrameHeaders` fit. */
export interface ConnectedHeaders {
  get(name: string): string | undefined;
}

/** In this order: Artemis calls itself ActiveMQ, too ("ActiveMQ-Artemis/2.44.0 …"). */
const SERVERS: readonly (readonly [pattern: RegExp, name: ProfileName])[] = [
  [/^stompbox(\/|$)/i, 'stompbox'],
  [/artemis/i, 'artemis'],
  [/^ActiveMQ(\/|$)/i, 'activemq'],
  [/^RabbitMQ(\/|$)/i, 'rabbitmq'],
];

/**
 * @param serverHeader the `server` header of CONNECTED
 * @param connectedHeaders all of its headers
 */
export function detectProfile(
  serverHeader: string | undefined,
  connectedHeaders: ConnectedHeaders,
): ProfileName {
  if (serverHeader !== undefined) {
    const server = serverHeader.trim();
    return SERVERS.find(([pattern]) => pattern.test(server))?.[1] ?? 'generic';
  }
  // RabbitMQ with hide_server_info; its sessions are named rabbit_guid:string(…, "session").
  return /^session-[\w-]{22}$/.test(connectedHeaders.get('session') ?? '') ? 'rabbitmq' : 'generic';
}
