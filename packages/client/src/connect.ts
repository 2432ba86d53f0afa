import { type ConnectOptions, resolveConnectOptions } from './connect-options.js';
import type { Connection } from './connection.js';
import { StompConnection } from './stomp-connection.js';
import { parseTarget } from './target.js';

/**
 * Connects to a STOMP broker; resolves when it has accepted the connection.
 *
 * @param target `stomp://[login:passcode@]host[:61613]`, `stomp+ssl://…`, several of them in an
 *   array or separated by commas, or ActiveMQ's `failover:(…)?…`. Login and passcode are
 *   percent-decoded.
 * @throws OptionsError a URL or an option is wrong; nothing was tried
 * @throws STOMP_NET_REFUSED, STOMP_NET_UNREACHABLE, STOMP_NET_NOT_STOMP, STOMP_NET_TIMEOUT_CONNECT
 * @throws STOMP_BROKER_LOGIN login or passcode are wrong; STOMP_BROKER_REFUSED for other reasons
 * @throws the reason of `options.signal`
 */
export async function connect(
  target: string | readonly string[],
  options: ConnectOptions = {},
): Promise<Connection> {
  const { servers, options: fromUrl } = parseTarget(target);
  return StompConnection.open(servers, resolveConnectOptions(options, fromUrl));
}
