/** The pair of heart-beat intervals of a client under the names of old programs. */
interface HeartbeatFields {
  heartbeatIncoming: number;
  heartbeatOutgoing: number;
}

export class HeartbeatInfo {
  readonly #client: HeartbeatFields;

  constructor(client: HeartbeatFields) {
    this.#client = client;
  }

  get incoming(): number {
    return this.#client.heartbeatIncoming;
  }

  set incoming(intervalMs: number) {
    this.#client.heartbeatIncoming = intervalMs;
  }

  get outgoing(): number {
    return this.#client.heartbeatOutgoing;
  }

  set outgoing(intervalMs: number) {
    this.#client.heartbeatOutgoing = intervalMs;
  }
}
