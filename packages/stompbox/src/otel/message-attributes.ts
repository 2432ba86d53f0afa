/**
 * Names and attributes of OpenTelemetry's conventions for messaging. The conventions know neither STOMP
 * nor Artemis nor stompbox: `messaging.system` is `activemq` for both brokers of Apache and for ours,
 * which behaves like them; `stomp` stands for a broker that nobody knows.
 */
import { type Attributes, SpanKind } from '@opentelemetry/api';
import type { TraceOrigin } from '@stompbox/client';
import { StompError } from '@stompbox/protocol';
import { destinationLabel } from '../tracing/destination-label.js';

export interface OperationKind {
  readonly name: 'send' | 'process' | 'receive' | 'ack' | 'nack';
  readonly type: 'send' | 'process' | 'receive' | 'settle';
  readonly kind: SpanKind;
  /** What version 1.24 had as `messaging.operation`. */
  readonly formerly: string;
}

export const SEND: OperationKind = {
  name: 'send',
  type: 'send',
  kind: SpanKind.PRODUCER,
  formerly: 'publish',
};
export const PROCESS: OperationKind = {
  name: 'process',
  type: 'process',
  kind: SpanKind.CONSUMER,
  formerly: 'process',
};
export const RECEIVE: OperationKind = {
  name: 'receive',
  type: 'receive',
  kind: SpanKind.CLIENT,
  formerly: 'receive',
};
export const ACK: OperationKind = {
  name: 'ack',
  type: 'settle',
  kind: SpanKind.CLIENT,
  formerly: 'settle',
};
export const NACK: OperationKind = { ...ACK, name: 'nack' };

const SYSTEMS: Readonly<Record<string, string>> = {
  activemq: 'activemq',
  artemis: 'activemq',
  stompbox: 'activemq',
  rabbitmq: 'rabbitmq',
};

/** What spans and metrics of an operation have alike. */
export function operationAttributes(
  { name, type }: OperationKind,
  { system, serverAddress, serverPort }: TraceOrigin,
): Attributes {
  return {
    'messaging.system': SYSTEMS[system] ?? 'stomp',
    'messaging.operation.name': name,
    'messaging.operation.type': type,
    'server.address': serverAddress,
    ...(serverPort === undefined ? {} : { 'server.port': serverPort }),
  };
}

/** @param subscribedTo what a message came by, if that may be a pattern */
export function destinationAttributes(destination: string, subscribedTo?: string): Attributes {
  const { name, isTemporary } = destinationLabel(destination);
  return {
    ...(isTemporary ? { 'messaging.destination.temporary': true } : { [NAME]: name }),
    ...templateAttribute(subscribedTo),
  };
}

/** Of metrics: the template takes the place of names, of which there may be very many. */
export function metricDestination(
  destination: string,
  limited: (name: string) => string,
  subscribedTo?: string,
): Attributes {
  const template = templateAttribute(subscribedTo);
  if (TEMPLATE in template) return template;
  const { name, isTemporary } = destinationLabel(destination);
  return isTemporary ? {} : { [NAME]: limited(name) };
}

/** `send orders`, `process orders.*`, `send (temporary)`. */
export function spanName(
  { name }: OperationKind,
  destination: string,
  subscribedTo?: string,
): string {
  const pattern = subscribedTo === undefined ? undefined : destinationLabel(subscribedTo);
  const label = pattern?.isPattern ? pattern : destinationLabel(destination);
  return `${name} ${label.name}`;
}

const NAME = 'messaging.destination.name';
const TEMPLATE = 'messaging.destination.template';

function templateAttribute(subscribedTo: string | undefined): Attributes {
  if (subscribedTo === undefined) return {};
  const { name, isPattern } = destinationLabel(subscribedTo);
  return isPattern ? { [TEMPLATE]: name } : {};
}

/** `error.type`: a code of ours, else the class of the error, because there are few of both. */
export function errorType(error: unknown): string {
  if (error instanceof StompError) return error.code;
  const name = error instanceof Error ? error.name : '';
  return /^[\w.$]{1,64}$/.test(name) ? name : '_OTHER';
}
