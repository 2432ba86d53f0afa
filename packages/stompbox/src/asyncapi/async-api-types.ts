/**
 * The parts of an AsyncAPI 3.0 document that are written here, as plain data. It is not the whole
 * specification: what is never written has no type.
 */

export interface Reference {
  readonly $ref: string;
}

/** A schema of JSON Schema draft 07, of which AsyncAPI's is a superset. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What AsyncAPI has no field for; the official binding of STOMP must be empty. */
export type Extension = Readonly<Record<string, unknown>>;

export interface AsyncApiDocument {
  readonly asyncapi: '3.0.0';
  readonly info: AsyncApiInfo;
  readonly defaultContentType: 'application/json';
  readonly servers: Readonly<Record<string, AsyncApiServer>>;
  readonly channels: Readonly<Record<string, AsyncApiChannel>>;
  readonly operations: Readonly<Record<string, AsyncApiOperation>>;
  readonly components: AsyncApiComponents;
}

export interface AsyncApiInfo {
  readonly title: string;
  /** Of the application, not of AsyncAPI. */
  readonly version: string;
  readonly description?: string;
}

export interface AsyncApiServer {
  readonly host: string;
  readonly pathname?: string;
  readonly protocol: 'stomp' | 'stomps' | 'ws' | 'wss';
  readonly protocolVersion: string;
  readonly security?: readonly Reference[];
  readonly 'x-stompbox'?: Extension;
}

export interface AsyncApiChannel {
  /** Null where only the message itself says it, as with replies. */
  readonly address: string | null;
  readonly title?: string;
  readonly description?: string;
  readonly messages: Readonly<Record<string, Reference>>;
  readonly 'x-stompbox'?: Extension;
}

export interface AsyncApiOperation {
  readonly action: 'send' | 'receive';
  readonly title?: string;
  readonly channel: Reference;
  readonly messages: readonly Reference[];
  readonly reply?: AsyncApiReply;
  readonly 'x-stompbox'?: Extension;
}

export interface AsyncApiReply {
  readonly address: { readonly location: string; readonly description: string };
  readonly channel: Reference;
  readonly messages: readonly Reference[];
}

export interface AsyncApiMessage {
  readonly name: string;
  readonly title: string;
  readonly description?: string;
  readonly contentType: string;
  readonly headers: Reference;
  readonly payload: JsonSchema | Reference;
  readonly correlationId: Reference;
}

export interface AsyncApiComponents {
  readonly messages: Readonly<Record<string, AsyncApiMessage>>;
  readonly schemas: Readonly<Record<string, JsonSchema>>;
  readonly correlationIds: Readonly<Record<string, { location: string; description: string }>>;
  readonly securitySchemes?: Readonly<
    Record<string, { type: 'userPassword'; description: string }>
  >;
}
