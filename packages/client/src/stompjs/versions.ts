/** A list of STOMP versions to offer, the preferred one first. */
export class Versions {
  static readonly V1_0: string = '1.0';
  static readonly V1_1: string = '1.1';
  static readonly V1_2: string = '1.2';
  /** All of them. */
  static readonly default: Versions = new Versions(['1.2', '1.1', '1.0']);

  versions: string[];

  constructor(versions: string[]) {
    this.versions = versions;
  }

  /** The `accept-version` header: "1.2,1.1,1.0". */
  supportedVersions(): string {
    return this.versions.join(',');
  }

  /** The sub-protocols to offer when a WebSocket is opened: "v12.stomp" and so on. */
  protocolVersions(): string[] {
    return this.versions.map((version) => `v${version.replace('.', '')}.stomp`);
  }
}
