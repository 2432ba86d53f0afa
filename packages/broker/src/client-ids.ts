/** The `client-id`s in use. Two connections of one client id would share its durable subscriptions. */
import { ProtocolError } from '@stompbox/protocol';

export class ClientIds {
  readonly #connectionOf = new Map<string, { connectionId: string; peer: string }>();
  readonly #clientIdOf = new Map<string, string>();

  /** @throws ProtocolError `STOMP_PROTO_CLIENT_ID_IN_USE` */
  take(clientId: string, connectionId: string, peer: string): void {
    const other = this.#connectionOf.get(clientId);
    if (other !== undefined) {
      throw new ProtocolError(
        'STOMP_PROTO_CLIENT_ID_IN_USE',
        `Client: ${clientId} already connected from ${other.peer}: close that connection, or choose another client-id`,
      );
    }
    this.#connectionOf.set(clientId, { connectionId, peer });
    this.#clientIdOf.set(connectionId, clientId);
  }

  /** What a connection had taken, if it had; safe to call again. */
  release(connectionId: string): void {
    const clientId = this.#clientIdOf.get(connectionId);
    if (clientId === undefined) return;
    this.#clientIdOf.delete(connectionId);
    this.#connectionOf.delete(clientId);
  }
}
