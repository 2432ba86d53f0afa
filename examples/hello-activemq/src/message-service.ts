/** The message service of this application: what the web app and the listener talk to. */
import {
  createMessaging,
  type ListenerHandle,
  type MessageListener,
  type Messaging,
  type Settings,
} from 'stompbox';

/** A broker that does not confirm within this time counts as unreachable. */
const SEND_TIMEOUT_MS = 5_000;

export class MessageService {
  readonly #messaging: Messaging;

  constructor(settings: Settings) {
    this.#messaging = createMessaging(settings);
  }

  /** Sends to the queue and to the topic; resolves when the broker has confirmed both. */
  async sendToQueueAndTopic(body: unknown): Promise<void> {
    const options = { timeoutMs: SEND_TIMEOUT_MS };
    await Promise.all([
      this.#messaging.sendToQueue(body, options),
      this.#messaging.sendToTopic(body, options),
    ]);
  }

  /** Starts the listener on the queue and the topic of the settings. */
  listen<Body>(listener: MessageListener<Body>): Promise<ListenerHandle> {
    return this.#messaging.consume(listener);
  }

  /** Lets running handlers finish, then closes the connection. */
  close(): Promise<void> {
    return this.#messaging.close();
  }
}
