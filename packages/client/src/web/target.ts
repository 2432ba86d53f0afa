/**
 * What stands for target.ts in browsers: URLs of WebSockets, one, a comma list or an array, tried in
 * their order. A failover form names servers that only sockets reach; it is refused like any other.
 */
import { OptionsError } from '@stompbox/protocol';
import { Credentials } from '../credentials.js';
import type { Server } from '../server-url.js';
import type { Target } from '../target.js';

/** @throws OptionsError when a URL is malformed or nothing is given; it quotes none. */
export function parseTarget(target: string | readonly string[]): Target {
  const texts = typeof target === 'string' ? target.split(',') : target;
  if (!Array.isArray(texts) || texts.length === 0) throw invalid();
  return { servers: texts.map(parseServer), options: { randomize: false } };
}

function parseServer(text: string): Server {
  let url: URL;
  let credentials: Credentials | undefined;
  try {
    url = new URL(text.trim());
    const { username, password } = url;
    if (username || password) {
      credentials = new Credentials(
        decodeURIComponent(username),
        password ? decodeURIComponent(password) : undefined,
      );
    }
  } catch {
    // The cause is left out: it quotes the URL, which may hold a passcode.
    throw invalid();
  }
  const { protocol, hostname, port, pathname, search, hash } = url;
  const isTls = protocol === 'wss:';
  if ((!isTls && protocol !== 'ws:') || hash) throw invalid();
  const address = {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port) || (isTls ? 443 : 80),
    isTls,
    webSocketPath: pathname + search,
  };
  return { address, credentials };
}

function invalid(): OptionsError {
  return new OptionsError(
    'STOMP_OPT_INVALID',
    'In browsers, connect() takes ws://[login:passcode@]host:port/path, wss://…, or several of them',
  );
}
