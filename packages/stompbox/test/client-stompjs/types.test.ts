/**
 * A program of TypeScript compiles against stompjs and, with nothing but the import changed, against
 * the adapter.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { describe, test } from 'node:test';

const typescript = createRequire(import.meta.url).resolve('typescript/package.json');
const compiler = path.join(path.dirname(typescript), 'bin/tsc');

/** Uses every type that stompjs exports for programs. */
const PROGRAM = `
import {
  ActivationState, Client, CompatClient, ReconnectionTimeMode, Stomp, StompConfig, StompHeaders,
  StompSocketState, TickerStrategy, Versions,
} from '$LIBRARY';
import type {
  Frame, IFrame, IMessage, IPublishParams, IStompSocket, IStompSocketMessageEvent, ITransaction,
  Message, StompSubscription, closeEventCallbackType, debugFnType, emptyCallbackType,
  frameCallbackType, messageCallbackType, publishParams, wsErrorCallbackType,
} from '$LIBRARY';

declare class SockJS { constructor(url: string); onmessage: unknown }

const headers: StompHeaders = { login: 'guest', passcode: 'guest' };
const onFrame: frameCallbackType = (frame: IFrame) => { frame.headers['message']?.length; };
const onMessage: messageCallbackType = (message: IMessage) => {
  const body: string = message.body;
  const bytes: Uint8Array = message.binaryBody;
  const isBinary: boolean = message.isBinaryBody;
  message.ack();
  message.ack({ transaction: 'tx' });
  message.nack({ requeue: 'false' });
  void [JSON.parse(body), bytes, isBinary, message.command];
};
const onSocketClose: closeEventCallbackType = event => { void [event.code, event.target.url]; };
const onSocketError: wsErrorCallbackType<Event> = (event: Event) => { void event.type; };
const debug: debugFnType = text => { void text.length; };
const nothing: emptyCallbackType = () => {};

const config: StompConfig = {
  brokerURL: 'ws://localhost:15674/ws',
  stompVersions: new Versions([Versions.V1_2, Versions.V1_1, Versions.V1_0]),
  webSocketFactory: () => new SockJS('http://localhost/stomp'),
  connectHeaders: headers,
  disconnectHeaders: { receipt: 'bye' },
  connectionTimeout: 1000,
  reconnectDelay: 200,
  maxReconnectDelay: 10_000,
  reconnectTimeMode: ReconnectionTimeMode.EXPONENTIAL,
  heartbeatIncoming: 4000,
  heartbeatOutgoing: 4000,
  heartbeatToleranceMultiplier: 3,
  heartbeatStrategy: TickerStrategy.Worker,
  splitLargeFrames: true,
  maxWebSocketChunkSize: 4096,
  forceBinaryWSFrames: true,
  appendMissingNULLonIncoming: true,
  discardWebsocketOnCommFailure: true,
  logRawCommunication: true,
  debug,
  beforeConnect: async (client: Client) => { client.connectHeaders = { token: 't' }; },
  onConnect: frame => { void frame.headers; },
  onDisconnect: () => {},
  onStompError: onFrame,
  onWebSocketClose: onSocketClose,
  onWebSocketError: onSocketError,
  onUnhandledMessage: onMessage,
  onUnhandledReceipt: onFrame,
  onUnhandledFrame: onFrame,
  onHeartbeatReceived: nothing,
  onHeartbeatLost: nothing,
  onChangeState: (state: ActivationState) => { void ActivationState[state]; },
};

class Typed extends Client {
  last: ActivationState.ACTIVE | undefined;
  constructor() { super(config); }
  override activate(): void { super.activate(); }
}

export async function main(): Promise<void> {
  const client = new Client();
  client.configure(config);
  client.webSocketFactory = () => new WebSocket('ws://localhost:15674/ws');
  client.brokerURL = undefined;
  client.onConnect = (frame: Frame) => { void frame.body; };
  client.onWebSocketClose = (event: CloseEvent) => { void event.wasClean; };
  client.reconnectDelay = 0;
  client.activate();
  const subscription: StompSubscription = client.subscribe('/topic/a', onMessage, { id: 'mine' });
  subscription.unsubscribe({ durable: 'true' });
  client.unsubscribe(subscription.id);
  const params: IPublishParams = { destination: '/topic/a', body: 'x', headers: { priority: '9' } };
  const again: publishParams = { destination: '/topic/a', binaryBody: new Uint8Array(1) };
  client.publish(params);
  client.publish({ ...again, skipContentLengthHeader: true });
  client.watchForReceipt('r', frame => { void frame.headers; });
  const transaction: ITransaction = client.begin();
  transaction.commit();
  client.begin('id').abort();
  client.commit('id');
  client.abort('id');
  client.ack('m', 's', {});
  client.nack('m', 's');
  const isOpen: boolean = client.webSocket?.readyState === StompSocketState.OPEN;
  const state: ActivationState = client.state;
  const version: string | undefined = client.connectedVersion;
  void [isOpen, state, version, client.active, client.connected, new Typed().active];
  client.forceDisconnect();
  await client.deactivate({ force: true });

  const old: CompatClient = Stomp.over(() => new WebSocket('ws://localhost'));
  Stomp.WebSocketClass = WebSocket;
  old.heartbeat.outgoing = 20000;
  old.reconnect_delay = 5000;
  old.connect(headers, () => {}, (error: Frame | string) => { void error; });
  old.connect('guest', 'guest', () => {}, () => {}, () => {}, '/');
  old.send('/queue/a', { priority: 9 }, 'text');
  old.onreceive = (message: Message) => { void message.body; };
  old.disconnect(() => {}, { receipt: 'bye' });
  Stomp.client('ws://localhost:15674/ws').debug = () => {};
  const event: IStompSocketMessageEvent = { data: 'x' };
  const socket: IStompSocket | undefined = client.webSocket;
  socket?.onmessage?.(event);
}
`;

/** What the compiler of a web application says; nothing, if all is well. */
function compile(library: string, options: readonly string[]): string {
  // In here, so that it finds both packages as an application would.
  const folder = mkdtempSync(path.join(import.meta.dirname, 'typed-'));
  try {
    const file = path.join(folder, 'program.mts');
    writeFileSync(file, PROGRAM.replaceAll('$LIBRARY', library));
    const always = ['--noEmit', '--strict', '--ignoreConfig', '--lib', 'es2022,dom'];
    const args = [compiler, file, ...always, '--types', '', ...options];
    return spawnSync(process.execPath, args, { encoding: 'utf8' }).stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const BUNDLER = ['--module', 'esnext', '--moduleResolution', 'bundler', '--target', 'es2022'];
const NODE = ['--module', 'nodenext', '--target', 'es2022'];

for (const [name, options] of [
  ['bundlers', BUNDLER],
  ['Node', NODE],
  ['the strictest', [...NODE, '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess']],
] as const) {
  describe(`a program for stompjs, compiled for ${name}`, () => {
    test('fits stompjs', () => assert.equal(compile('@stomp/stompjs', options), ''));

    test('fits the adapter', () => {
      assert.equal(compile('@stompbox/client/stompjs', options), '');
    });
  });
}

test('a program that is wrong does not compile', () => {
  assert.match(compile('@stompbox/client/missing', NODE), /TS2307/);
});
