/** A broker that listens in every way there is, and clients that have not logged in by each of them. */
import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as connectPlain, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { connect as connectTls } from 'node:tls';
import type { ConnectorKind, ConnectorOptions, Transport } from '@stompbox/broker';
import { TcpTransport } from '../../dist/transport/tcp-transport.js';
import { type BrokerScene, brokerScene, type SceneOptions } from '../broker-scene.js';
import { StompClient } from '../stomp-client.js';
import { certificate, SERVER_TLS } from '../transport/listening.js';
import { WebSocketEnd } from '../transport/websocket-end.js';

export const EVERY_TRANSPORT = ['memory', 'tcp', 'tls', 'ws', 'wss'] as const;
export type AnyTransport = (typeof EVERY_TRANSPORT)[number];

const CA = readFileSync(certificate('ca.pem'));

/** A broker that is reached by this transport. */
export function sceneOver(
  t: TestContext,
  kind: AnyTransport,
  options: SceneOptions = {},
): Promise<BrokerScene> {
  return brokerScene(t, { connectors: kind === 'memory' ? [] : [connectorOf(kind)], ...options });
}

/** A client that has not logged in. */
export async function strangerOver(
  t: TestContext,
  scene: BrokerScene,
  kind: AnyTransport,
): Promise<StompClient> {
  if (kind === 'memory') return scene.stranger();
  const client = new StompClient(await transportTo(t, scene, kind));
  t.after(() => client.vanishes());
  return client;
}

export async function clientOver(
  t: TestContext,
  scene: BrokerScene,
  kind: AnyTransport,
): Promise<StompClient> {
  const client = await strangerOver(t, scene, kind);
  await client.connects();
  return client;
}

/** Waits until the broker has set so many timers: each connection that has not logged in has one. */
export async function hasTimers({ clock }: BrokerScene, count: number): Promise<void> {
  while (clock.timerCount < count) await new Promise((resolve) => setImmediate(resolve));
}

function connectorOf(kind: ConnectorKind): ConnectorOptions {
  const isSecure = kind === 'tls' || kind === 'wss';
  return isSecure ? { kind, port: 0, tls: SERVER_TLS } : { kind, port: 0 };
}

async function transportTo(
  t: TestContext,
  { broker }: BrokerScene,
  kind: ConnectorKind,
): Promise<Transport> {
  const [connector] = broker.connectors;
  assert(connector, 'the broker listens nowhere');
  const { host, port, url } = connector;
  if (kind === 'ws' || kind === 'wss') {
    // Text messages could carry no other bytes than text.
    return WebSocketEnd.open(t, url, { subProtocols: ['v12.stomp'], ca: CA, format: 'binary' });
  }
  const socket: Socket =
    kind === 'tls' ? connectTls({ host, port, ca: CA }) : connectPlain({ host, port });
  await once(socket, kind === 'tls' ? 'secureConnect' : 'connect');
  return new TcpTransport(socket);
}
