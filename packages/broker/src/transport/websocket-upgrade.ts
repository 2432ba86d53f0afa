/**
 * May this request become a WebSocket with STOMP in it? Path, Origin and sub-protocol decide.
 *
 * Origin: a web page of anybody can make its visitor's browser connect to an address that only the visitor
 * reaches, this machine's loopback included; all that tells it apart is the Origin header, which browsers
 * always send and pages cannot change.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import type { ResolvedWebSocket } from '../connector-options.js';
import type { ConnectorErrorCode } from './connector-error.js';
import { isLoopback } from './socket-address.js';

/** Best first. */
const SUB_PROTOCOLS = ['v12.stomp', 'v11.stomp', 'v10.stomp', 'stomp'];

export interface UpgradeRequest {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** The address of this machine that it came to. */
  readonly localAddress: string | undefined;
}

/** Why not. */
export interface UpgradeRefusal {
  readonly status: 400 | 403 | 404;
  readonly code: ConnectorErrorCode;
  readonly text: string;
}

/** Undefined: it may. */
export function refusalOf(
  request: UpgradeRequest,
  { path, origins }: ResolvedWebSocket,
): UpgradeRefusal | undefined {
  const [requestPath = ''] = request.url.split('?', 1);
  if (path !== undefined && requestPath !== path) {
    const text = `There is no STOMP at this path: use ${path}`;
    return { status: 404, code: 'STOMP_CONNECTOR_HANDSHAKE', text };
  }
  const { origin } = request.headers;
  if (origin !== undefined && !isAllowed(origin, request, origins)) {
    const text = `Web pages from ${printable(origin)} may not connect: list it in the origins of the connector`;
    return { status: 403, code: 'STOMP_CONNECTOR_ORIGIN', text };
  }
  const offered = offeredIn(request.headers['sec-websocket-protocol']);
  if (offered.length > 0 && chooseSubProtocol(offered) === undefined) {
    const text = `The sub-protocols ${printable(offered.join(', '))} are not known: offer ${SUB_PROTOCOLS.join(', ')}, or none`;
    return { status: 400, code: 'STOMP_CONNECTOR_SUBPROTOCOL', text };
  }
  return undefined;
}

/**
 * The best of those that a client offers. It names no STOMP version: CONNECT negotiates that.
 */
export function chooseSubProtocol(offered: Iterable<string>): string | undefined {
  const names = new Set(offered);
  return SUB_PROTOCOLS.find((name) => names.has(name));
}

function offeredIn(header: string | undefined): string[] {
  return header === undefined ? [] : header.split(',').map((name) => name.trim());
}

function isAllowed(
  origin: string,
  { headers, localAddress }: UpgradeRequest,
  origins: readonly string[] | undefined,
): boolean {
  if (origins !== undefined) {
    return origins.includes('*') || origins.includes(origin.toLowerCase());
  }
  if (!URL.canParse(origin)) return false;
  const { host, hostname } = new URL(origin);
  if (host === '' || host !== headers.host?.toLowerCase()) return false;
  // A name under which somebody else's page was loaded may lead to this machine by now (DNS rebinding).
  return !isLoopback(localAddress) || isLoopbackName(hostname);
}

function isLoopbackName(hostname: string): boolean {
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  return hostname === 'localhost' || (isIP(address) !== 0 && isLoopback(address));
}

/** What a stranger has sent, on its way into a log. */
function printable(text: string): string {
  return text.replace(/[^ -~]/g, '?').slice(0, 100);
}
