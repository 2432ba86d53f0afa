/** A requester, its connection and a scripted broker that plays the responder. */
import { type Requester, type RequesterOptions, requester } from '@stompbox/client';
import type { Frame } from '@stompbox/protocol';
import { type Scene, scene } from '../support/scene.js';
import { type BrokerSession, type ScriptedBroker, until } from '../support/scripted-broker.js';

export interface RequestScene extends Scene {
  readonly requests: Requester;
}

export async function requestScene(options: RequesterOptions = {}): Promise<RequestScene> {
  const base = await scene();
  const requests = requester(base.connection, { clock: base.clock, ...options });
  return { ...base, requests };
}

/** Waits until all connections together have brought so many SENDs; gives the newest. */
export async function nthRequest(broker: ScriptedBroker, count: number): Promise<Frame> {
  const sent = () => broker.sessions.flatMap((session) => session.received('SEND'));
  await until(() => sent().length >= count, `request ${count} arrives`);
  return sent()[count - 1] as Frame;
}

let lastId = 0;

/** Answers on the connection that has the reply queue. */
export function answer(
  session: BrokerSession,
  request: Frame,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const inbox = session.received('SUBSCRIBE').at(-1)?.headers.get('id') ?? '';
  const correlationId = request.headers.get('correlation-id') ?? '';
  session.message(inbox, `m-${++lastId}`, body, { 'correlation-id': correlationId, ...headers });
}

/** The outcome of a promise that is to fail. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('It did not fail');
}
