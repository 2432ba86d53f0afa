/** Callbacks of one client that are called once: when it is connected, and when it has ended. */
import type { EventEmitter } from 'node:events';
import type { StompitError } from './stompit-error.js';

/** `client` is there in any case, as stompit's types have it; use it only without an error. */
export type ClientCallback<C> = (error: StompitError | null, client: C) => void;

export interface ClientLifeEvents<C> {
  /** The stream is connected; CONNECT follows. */
  'socket-connect': [];
  /** The broker has accepted us. */
  connect: [client: C];
  /** DISCONNECT is written. */
  finish: [];
  /** The end, in order. */
  end: [];
  /** The end, for this reason. */
  error: [error: StompitError];
}

type Emitter<C> = EventEmitter<ClientLifeEvents<C>>;

/** Who destroys the client before either is not called. */
export function onceOpen<C>(client: C, events: Emitter<C>, callback: ClientCallback<C>): void {
  const settle = () => {
    events.off('connect', onConnect).off('error', onError).off('end', settle);
  };
  const onConnect = () => {
    settle();
    callback(null, client);
  };
  const onError = (error: StompitError) => {
    settle();
    callback(error, client);
  };
  events.on('connect', onConnect).on('error', onError).on('end', settle);
}

export function onceClosed<C>(client: C, events: Emitter<C>, callback: ClientCallback<C>): void {
  const onEnd = () => {
    events.off('error', onError);
    callback(null, client);
  };
  const onError = (error: StompitError) => {
    events.off('end', onEnd);
    callback(error, client);
  };
  events.once('end', onEnd).once('error', onError);
}
