/** The option `tls` of `connect`. Its type needs none of Node, because those of the package use it. */

/** How a `stomp+ssl://` or `wss://` server is verified and how we prove who we are; as in `node:tls`. */
export interface TlsOptions {
  /** Certificates (PEM) of the authorities to trust instead of the system's. */
  readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[];
  /** Our certificate chain (PEM), for mutual TLS. */
  readonly cert?: string | Uint8Array;
  /** The private key (PEM) of our certificate. */
  readonly key?: string | Uint8Array;
  readonly passphrase?: string;
  /** The name to verify the server's certificate against. Default: the host of the URL. */
  readonly servername?: string;
  /** False switches verification off, which lets anybody in the middle read. Default true. */
  readonly rejectUnauthorized?: boolean;
}
