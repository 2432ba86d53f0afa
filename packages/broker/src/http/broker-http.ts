/** The broker's HTTP server: opens it, lets the parts of the broker add their routes, and closes it. */
import type { BlobService } from '../blob/blob-service.js';
import type { Logins } from '../security/logins.js';
import { loginAuthorizer } from './http-access.js';
import type { HttpConnector } from './http-connector.js';
import type { ResolvedHttpOptions } from './http-options.js';

export interface BrokerHttpContext {
  /** `undefined`: the broker serves no HTTP. */
  readonly options: ResolvedHttpOptions | undefined;
  readonly blobs: BlobService;
  readonly logins: Logins;
  readonly onError: (error: Error) => void;
}

export class BrokerHttp {
  readonly #context: BrokerHttpContext;
  #connector: HttpConnector | undefined;

  constructor(context: BrokerHttpContext) {
    this.#context = context;
  }

  /** Where it is served; `undefined` while it is not. */
  get url(): string | undefined {
    return this.#connector?.url;
  }

  /** @throws BrokerStartError `STOMP_START_PORT_IN_USE`, `STOMP_START_CANNOT_LISTEN` */
  async start(): Promise<void> {
    const { options, blobs, logins, onError } = this.#context;
    if (options === undefined) return;
    // Brokers without HTTP start faster without it.
    const [{ createHttpApp }, { listenHttp }] = await Promise.all([
      import('./http-app.js'),
      import('./http-connector.js'),
    ]);
    const app = createHttpApp({ origins: options.origins, onError });
    blobs.addRoutes(app, loginAuthorizer(logins));
    const connector = await listenHttp(options, app, onError);
    this.#connector = connector;
    blobs.servedAt(options.publicUrl ?? connector.url);
  }

  async stop(): Promise<void> {
    await this.#connector?.stop();
    this.#connector = undefined;
  }
}
