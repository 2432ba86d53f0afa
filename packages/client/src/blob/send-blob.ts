/** Uploads a blob and sends the message that refers to it. */
import { OptionsError } from '@stompbox/protocol';
import type { Connection } from '../connection.js';
import { checkKeys, checkObject, checkText } from '../option-checks.js';
import type { SendOptions } from '../send-options.js';
import { UPLOAD_KEYS, type UploadOptions } from './blob-options.js';
import { blobHeaders } from './blob-reference.js';
import type { BlobSource } from './blob-source.js';
import { type UploadedBlob, uploadBlob } from './upload-blob.js';

export interface SendBlobOptions extends Omit<UploadOptions, 'url'> {
  /** Where the broker takes blobs. Default: what it said when the connection was made. */
  readonly url?: string;
  /** What the receiver may call it: the header `blob-name`. */
  readonly name?: string;
  /** Body of the message, beside the blob. Default empty. */
  readonly body?: string | Uint8Array;
  /** Options of the SEND; its headers are completed with those of the blob. */
  readonly send?: SendOptions;
}

/** A connection that may know where its broker takes blobs. */
export type BlobConnection = Pick<Connection, 'send'> & Partial<Pick<Connection, 'blobUploadUrl'>>;

const KEYS: ReadonlySet<string> = new Set([...UPLOAD_KEYS, 'name', 'body', 'send']);

/**
 * Resolves when the blob is on the broker's disk and the message is confirmed.
 * @throws what `uploadBlob` and `send` throw; without a message the broker removes the blob
 */
export async function sendBlob(
  connection: BlobConnection,
  destination: string,
  source: BlobSource,
  options: SendBlobOptions = {},
): Promise<UploadedBlob> {
  checkKeys('sendBlob', checkObject('options', options), KEYS);
  const { name, body = '', send = {}, url = connection.blobUploadUrl, ...upload } = options;
  if (name !== undefined) checkText('name', name);
  checkObject('send', send);
  if (url === undefined) {
    throw new OptionsError(
      'STOMP_OPT_INVALID',
      'This broker does not say where it takes blobs: start it with HTTP, or give the option url',
    );
  }
  const blob = await uploadBlob(source, { ...upload, url });
  const headers = { ...send.headers, ...blobHeaders({ ...blob, name }) };
  await connection.send(destination, body, { ...send, headers });
  return blob;
}
