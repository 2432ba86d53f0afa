/** What the tests of queues do again and again with `/queue/a`. */
import type { BrokerScene } from '../broker-scene.js';
import type { Headers, Received, StompClient } from '../stomp-client.js';

export const numbers = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => index + from);

export interface Filling {
  readonly headersOf: (number: number) => Headers;
  readonly body: string;
}

/** Sends messages with the header `number`, from 0 on. */
export async function fill(
  producer: StompClient,
  count: number,
  { headersOf = () => ({}), body = '' }: Partial<Filling> = {},
): Promise<void> {
  for (let number = 0; number < count; number++) {
    producer.frame('SEND', { destination: '/queue/a', number, ...headersOf(number) }, body);
    if (number % 500 === 499) await producer.roundTrip();
  }
  await producer.roundTrip();
}

export async function subscriber(
  scene: BrokerScene,
  headers: Headers = {},
  version: '1.0' | '1.1' | '1.2' = '1.2',
): Promise<StompClient> {
  const client = await scene.client(version);
  await client.subscribes('/queue/a', headers);
  return client;
}

export const numberOf = ({ headers }: Received) => Number(headers['number']);

export async function consumed(client: StompClient, count: number): Promise<number[]> {
  return (await client.nextMessages(count)).map(numberOf);
}

/** The MESSAGE frames that have come by now. */
export async function come(client: StompClient): Promise<Received[]> {
  await client.roundTrip();
  return client.nextMessages(client.waitingFrames.length);
}

export async function bodiesCome(client: StompClient): Promise<string[]> {
  return (await come(client)).map(({ body }) => body);
}

export async function sendAll(
  client: StompClient,
  bodies: readonly string[],
  headers: Headers = {},
): Promise<void> {
  for (const body of bodies) client.frame('SEND', { destination: '/queue/a', ...headers }, body);
  await client.roundTrip();
}

export async function numbersCome(client: StompClient): Promise<number[]> {
  return (await come(client)).map(numberOf);
}
